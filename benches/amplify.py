"""Synthesises a pipeline of one Amplify Gen 1 backend, an export of 150 files: pipectl and Amplify's own construct for CDK
apps (`AmplifyExportedBackend`) side by side. `pipectl amplify check` reads and renders the same and writes nothing.

Needs an npm folder with @aws-amplify/cdk-exported-backend, aws-cdk-lib, constructs and lodash, which the construct needs
and does not declare; AMPLIFY_MODULES names it (its `node_modules`), unless --without-construct is given. No network and no
credentials are needed.
"""

import argparse
import os
import tempfile

from amplify_export import PROJECT, write_export
from measure import definition_head, median, pipectl, run, table

PIPECTL, CHECK, CONSTRUCT = "pipectl synth", "pipectl amplify check", "AmplifyExportedBackend"

APP = """
const { App, Stage } = require('aws-cdk-lib');
const { AmplifyExportedBackend } = require('@aws-amplify/cdk-exported-backend');
const app = new App();
new AmplifyExportedBackend(new Stage(app, 'Staging'), 'backend', { path: '%s', amplifyEnvironment: 'staging' });
app.synth();
"""

STAGE = """
[[stage]]
name = "Staging"

[[stage.amplify]]
name = "backend"
export = "%s"
environment = "staging"
"""


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--without-construct", action="store_true")
    given = arguments.parse_args()
    binary = pipectl()
    samples = {PIPECTL: [], CHECK: [], CONSTRUCT: []}
    with tempfile.TemporaryDirectory() as folder:
        export = f"lib/amplify-export-{PROJECT}"
        files = write_export(os.path.join(folder, export))
        for name, text in {"pipeline.toml": definition_head("owner/repository") + STAGE % export, "app.js": APP % export}.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        environment = {**os.environ, "HOME": folder}
        environment["NODE_PATH"] = os.path.abspath(os.environ.get("AMPLIFY_MODULES", "node_modules"))
        for round in range(given.rounds):
            out = os.path.join(folder, f"out-{round}")
            samples[PIPECTL].append(run([binary, "synth", "--quiet", "--out", out], environment, folder))
            samples[CHECK].append(run([binary, "amplify", "check", export], environment, folder))
            if not given.without_construct:
                into = {**environment, "CDK_OUTDIR": f"{out}-cdk"}
                samples[CONSTRUCT].append(run(["node", "app.js"], into, folder))
    print(f"an export of {files} files; medians of {given.rounds}")
    table({name: median(taken) for name, taken in samples.items() if taken}, PIPECTL, decimals=3)


main()
