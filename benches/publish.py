"""Publishes 1,000 small and 20 large file assets: bare PUTs, pipectl and cdk-assets side by side.

Needs ministack, and cdk-assets unless --without-cdk-assets is given; MINISTACK and CDK_ASSETS name them if they are not
on the PATH. Each run gets an endpoint of its own, with nothing in it.

`--images N` publishes N container images besides (`images.py`), where a container engine works.
"""

import argparse
import hashlib
import json
import os
import random
import tempfile
from contextlib import contextmanager

import images
from measure import ACCOUNT, REGION, endpoint, find, median, pipectl, run, table

BUCKET = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
MANIFEST = "Assets.assets.json"
BARE, FIRST, SECOND, CDK = "bare parallel PUTs", "pipectl publish", "pipectl publish, nothing new", "cdk-assets publish"


def make_assembly(folder, small, large, large_mib):
    """Writes an assembly whose assets are the same in every run."""
    dice = random.Random(1)
    sizes = [dice.randint(1024, 64 * 1024) for _ in range(small)] + [large_mib << 20] * large
    files = {}
    for number, size in enumerate(sizes):
        # Written in small pieces: what this program once held counts as the peak of those that it starts.
        chunk = dice.randbytes(min(size, 1 << 20))
        digest = hashlib.sha256(f"{number}/{size}".encode()).hexdigest()
        with open(os.path.join(folder, f"asset.{digest}"), "wb") as file:
            for _ in range(-(-size // len(chunk))):
                file.write(chunk)
        files[digest] = {
            "displayName": f"Asset {number}",
            "source": {"path": f"asset.{digest}", "packaging": "file"},
            "destinations": {
                "here": {
                    "bucketName": BUCKET,
                    "objectKey": digest,
                    "region": REGION,
                    "assumeRoleArn": f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-file-publishing-role-{ACCOUNT}-{REGION}",
                }
            },
        }
    artifact = {"type": "cdk:asset-manifest", "properties": {"file": MANIFEST}}
    write(folder, MANIFEST, {"version": "48.0.0", "files": files, "dockerImages": {}})
    write(folder, "manifest.json", {"version": "48.0.0", "artifacts": {"Assets.assets": artifact}})
    write(folder, "cdk.out", {"version": "48.0.0"})


@contextmanager
def prepared(binary):
    """An endpoint with a toolkit stack."""
    with endpoint() as environment:
        run([binary, "bootstrap", "--quiet", f"aws://{ACCOUNT}/{REGION}"], environment)
        yield environment


def write(folder, name, value):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        json.dump(value, file)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--small", type=int, default=1000)
    arguments.add_argument("--large", type=int, default=20)
    arguments.add_argument("--large-mib", type=int, default=50)
    arguments.add_argument("--without-cdk-assets", action="store_true")
    arguments.add_argument("--images", type=int, default=0, metavar="N", help="publish so many container images, too")
    arguments.add_argument("--only-images", action="store_true", help="publish images (10, if not said otherwise) and no files")
    given = arguments.parse_args()
    binary = pipectl()
    if given.images or given.only_images:
        images.measure(binary, given.images or 10, given.rounds, not given.without_cdk_assets)
    if given.only_images:
        return
    samples = {BARE: [], FIRST: [], SECOND: [], CDK: []}
    with tempfile.TemporaryDirectory() as folder:
        make_assembly(folder, given.small, given.large, given.large_mib)
        publish = [binary, "publish", "--quiet", "--assembly", folder]
        bare = ["python3", os.path.join(os.path.dirname(os.path.abspath(__file__)), "bare_puts.py"), folder, BUCKET]
        for _ in range(given.rounds):
            with prepared(binary) as environment:
                samples[BARE].append(run(bare, environment))
            with prepared(binary) as environment:
                samples[FIRST].append(run(publish, environment))
                samples[SECOND].append(run(publish, environment))
            if not given.without_cdk_assets:
                with prepared(binary) as environment:
                    command = [find("cdk-assets", "CDK_ASSETS"), "publish", "--path", os.path.join(folder, MANIFEST)]
                    samples[CDK].append(run(command, environment))
    print(f"{given.small} assets of 1 to 64 KiB and {given.large} of {given.large_mib} MiB; medians of {given.rounds}")
    table({name: median(taken) for name, taken in samples.items() if taken}, BARE)


main()
