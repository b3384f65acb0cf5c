"""Publishes container images to the registry of the endpoint that pipectl brings: pipectl and cdk-assets side by side.

`publish.py --images` runs it. It needs a container engine that works: docker, podman or finch, or the program that
PIPECTL_CONTAINER_ENGINE names. Without one it measures nothing, and says so.
"""

import hashlib
import json
import os
import random
import shutil
import subprocess
import tempfile
from contextlib import contextmanager

from measure import ACCOUNT, REGION, find, median, run, table

REPOSITORY = f"cdk-hnb659fds-container-assets-{ACCOUNT}-{REGION}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-image-publishing-role-{ACCOUNT}-{REGION}"
MANIFEST = "Images.assets.json"
FIRST, SECOND, CDK = "pipectl publish of images", "pipectl publish, nothing new", "cdk-assets publish of images"
LAYER = 8 << 20


def engine():
    """The container engine that works, if there is one."""
    wanted = os.environ.get("PIPECTL_CONTAINER_ENGINE")
    for program in [wanted] if wanted else ["docker", "podman", "finch"]:
        found = shutil.which(program)
        # This fails where there is a client alone.
        if found and subprocess.run([found, "version"], capture_output=True, timeout=60).returncode == 0:
            return found
    return None


def make_assembly(folder, number, salt):
    """Writes an assembly of images. Another salt makes other images, of which no engine has a layer yet."""
    images = {}
    for image in range(number):
        digest = hashlib.sha256(f"{salt}/{image}".encode()).hexdigest()
        source = os.path.join(folder, f"asset.{digest}")
        os.makedirs(source)
        with open(os.path.join(source, "Dockerfile"), "w", encoding="utf-8") as file:
            file.write("FROM scratch\nCOPY layer /layer\n")
        with open(os.path.join(source, "layer"), "wb") as file:
            file.write(random.Random(digest).randbytes(LAYER))
        destination = {"repositoryName": REPOSITORY, "imageTag": digest, "region": REGION, "assumeRoleArn": ROLE}
        images[digest] = {"source": {"directory": f"asset.{digest}"}, "destinations": {"here": destination}}
    artifact = {"type": "cdk:asset-manifest", "properties": {"file": MANIFEST}}
    write(folder, MANIFEST, {"version": "48.0.0", "files": {}, "dockerImages": images})
    write(folder, "manifest.json", {"version": "48.0.0", "artifacts": {"Images.assets": artifact}})
    write(folder, "cdk.out", {"version": "48.0.0"})


def write(folder, name, value):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        json.dump(value, file)


@contextmanager
def registry(binary):
    """An endpoint with a toolkit stack and its repository, in a repository of its own."""
    with tempfile.TemporaryDirectory() as folder:

        def call(*command):
            return subprocess.run([binary, *command], cwd=folder, check=True, capture_output=True, text=True).stdout

        subprocess.run(["git", "init", "--quiet", folder], check=True)
        call("local", "up", "--detach", "--account", ACCOUNT, "--region", REGION)
        try:
            variables = json.loads(call("local", "env", "--format", "json"))
            call("--local", "bootstrap", f"aws://{ACCOUNT}/{REGION}")
            yield {**os.environ, **variables, "CDK_DISABLE_CLI_TELEMETRY": "true", "CI": "1"}
        finally:
            call("local", "down")


def measure(binary, number, rounds, with_cdk):
    """Measures, and prints the medians; or says that there is nothing to measure with."""
    program = engine()
    if program is None:
        print(f"{number} images: not measured here, because no container engine works (docker, podman, finch)")
        return
    samples = {FIRST: [], SECOND: [], CDK: []}
    for round in range(rounds):
        with tempfile.TemporaryDirectory() as folder, registry(binary) as environment:
            environment["CDK_DOCKER"] = program
            make_assembly(folder, number, f"pipectl-{os.getpid()}-{round}")
            publish = [binary, "publish", "--quiet", "--assembly", folder]
            samples[FIRST].append(run(publish, environment))
            samples[SECOND].append(run(publish, environment))
        if with_cdk:
            with tempfile.TemporaryDirectory() as folder, registry(binary) as environment:
                environment["CDK_DOCKER"] = program
                make_assembly(folder, number, f"cdk-{os.getpid()}-{round}")
                command = [find("cdk-assets", "CDK_ASSETS"), "publish", "--path", os.path.join(folder, MANIFEST)]
                samples[CDK].append(run(command, environment))
    print(f"{number} images of one layer of {LAYER >> 20} MiB, by {program}; medians of {rounds}; the engine's own work, which")
    print("another process does, counts as wall time only")
    table({name: median(taken) for name, taken in samples.items() if taken}, FIRST)
