"""Counts what a push that changes nothing costs: a pipeline of pipectl and one of CDK Pipelines, of the same app.

Both run on local endpoints of their own. Counted are the builds that a run starts, and the calls that programs in builds
make to AWS. Nothing is installed in builds: CDK Pipelines' `npm install` is left out, and costs neither.

Needs what `pipectl local up` needs, the AWS CLI, and an npm folder with aws-cdk, aws-cdk-lib, constructs and cdk-assets,
named by CDK_MODULES (its `node_modules`).
"""

import argparse
import collections
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time

from measure import ACCOUNT, REGION, definition_head, find, pipectl

APP = """
const { App, Stack, Stage, CfnOutput, aws_ssm: ssm, aws_s3_assets: assets } = require('aws-cdk-lib');
const { CodePipeline, CodePipelineSource, ShellStep } = require('aws-cdk-lib/pipelines');
const fs = require('fs');
const env = { account: '%(account)s', region: '%(region)s' };
const app = new App({ analyticsReporting: false });
const pipeline = new CodePipeline(new Stack(app, 'PipelineStack', { env }), 'Pipeline', {
  pipelineName: 'bench',
  synth: new ShellStep('Synth', {
    input: CodePipelineSource.gitHub('octo-org/bench', 'main'),
    commands: ['cp -R assembly cdk.out'],
  }),
});
fs.mkdirSync('files');
for (let s = 0; s < %(stages)d; s++) {
  const stage = new Stage(app, `Stage${s}`, { env });
  const stack = new Stack(stage, 'Stack');
  new ssm.CfnParameter(stack, 'Text', { type: 'String', value: `stage ${s}` });
  for (let a = 0; a < %(assets)d; a++) {
    fs.writeFileSync(`files/${s}-${a}`, `asset ${a} of stage ${s}`);
    const asset = new assets.Asset(stack, `Asset${a}`, { path: `${process.cwd()}/files/${s}-${a}` });
    new CfnOutput(stack, `Key${a}`, { value: asset.s3ObjectKey });
  }
  pipeline.addStage(stage);
}
app.synth();
"""

HEAD = definition_head("octo-org/bench")

STAGE = '\n[[stage]]\nname = "Stage{0}"\n[[stage.assembly]]\npath = "assembly"\nstage = "Stage{0}"\n'

# The newest schema that the pinned cdk-assets reads; newer libraries write newer ones, with nothing else in them here.
SCHEMA = "54.0.0"

# The name under which the endpoint's own calls are recorded.
ENDPOINT = "local-endpoint"

# How often, and for how many seconds, a run is looked after.
LOOK, PATIENCE = 0.5, 900


class Project:
    """A repository with a local endpoint, whose builds find the CDK's programs and an npm that installs nothing."""

    def __init__(self, folder, assembly, definition, modules):
        self.folder = folder
        programs = os.path.join(folder, ".home", "programs")
        os.makedirs(programs)
        npm = os.path.join(programs, "npm")
        with open(npm, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n")
        os.chmod(npm, os.stat(npm).st_mode | stat.S_IXUSR)
        shutil.copytree(assembly, os.path.join(folder, "assembly"))
        with open(os.path.join(folder, "pipeline.toml"), "w", encoding="utf-8") as file:
            file.write(definition)
        tools = [programs, os.path.join(modules, ".bin"), os.path.dirname(pipectl()), os.environ["PATH"]]
        self.environment = {
            **os.environ,
            "PATH": ":".join(tools),
            "PIPECTL_LOG": "pipectl::local::front=debug",
            "AWS_REGION": REGION,
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "CDK_DISABLE_VERSION_CHECK": "true",
            "CI": "1",
        }
        self.call("git", "init", "--quiet", "--initial-branch", "main")
        # What the endpoint does itself, AWS does itself, too.
        self.environment["AWS_SDK_UA_APP_ID"] = ENDPOINT
        self.call("pipectl", "local", "up", "--detach", "--account", ACCOUNT)
        del self.environment["AWS_SDK_UA_APP_ID"]
        # The endpoint's credentials are for the AWS CLI and the CDK CLI.
        for line in self.call("pipectl", "local", "env").splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            self.environment[name] = value.strip("'\"")
        self.aws("secretsmanager", "create-secret", "--name", "github-token", "--secret-string", self.environment["GITHUB_TOKEN"])

    def call(self, *command):
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done.stdout

    def aws(self, *arguments):
        said = self.call("aws", *arguments, "--output", "json")
        return json.loads(said) if said.strip() else {}

    def push(self):
        """Pushes a commit which changes nothing but the revision."""
        identity = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
        self.call("git", "add", "assembly", "pipeline.toml")
        self.call("git", *identity, "commit", "--quiet", "--allow-empty", "--message", "nothing new")
        remote = self.call("pipectl", "local", "remote", "octo-org/bench").split()[-1]
        self.call("git", "push", "--quiet", remote, "HEAD:main")

    def follow(self):
        """Waits until no execution is under way; all must have succeeded."""
        for _ in range(int(PATIENCE / LOOK)):
            listed = self.aws("codepipeline", "list-pipeline-executions", "--pipeline-name", "bench")
            states = {execution["status"] for execution in listed["pipelineExecutionSummaries"]}
            if states and not states & {"InProgress", "Stopping"}:
                break
            time.sleep(LOOK)
        if not states <= {"Succeeded", "Cancelled", "Superseded", "Stopped"}:
            sys.exit(f"an execution did not succeed: {self.call('pipectl', '--local', 'status', '--pipeline', 'bench')}")

    def builds(self):
        return len(self.aws("codebuild", "list-builds")["ids"])

    def calls(self):
        """The calls so far, by the programs that made them; this script's own are left out."""
        counted = collections.Counter()
        with open(os.path.join(self.folder, ".pipectl", "local", "log.txt"), encoding="utf-8") as log:
            for line in log:
                if "answered" in line and (client := field(line, "client")) and field(line, "service"):
                    counted[client if client.startswith("app/") else client.split("/")[0]] += 1
        del counted["aws-cli"], counted[f"app/{ENDPOINT}"]
        return counted

    def unchanged_run(self):
        """The builds, calls and seconds of a run without a change."""
        self.follow()
        builds, calls, begin = self.builds(), self.calls(), time.monotonic()
        self.push()
        self.follow()
        return self.builds() - builds, sum((self.calls() - calls).values()), time.monotonic() - begin

    def stop(self):
        self.call("pipectl", "local", "down")


def lower(assembly):
    """Declares the files of an assembly to be of a schema that cdk-assets reads."""
    for folder, _, names in os.walk(assembly):
        for name in names:
            if name in ("cdk.out", "manifest.json") or name.endswith(".assets.json"):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    value = {**json.load(file), "version": SCHEMA}
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(value, file)


def field(line, name):
    """A text field of a record."""
    _, found, rest = line.partition(f'{name}="')
    return rest.partition('"')[0] if found else ""


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--stages", type=int, default=3)
    arguments.add_argument("--assets", type=int, default=3)
    given = arguments.parse_args()
    find("aws", "AWS")
    modules = os.path.abspath(os.environ.get("CDK_MODULES", "node_modules"))
    with tempfile.TemporaryDirectory() as folder:
        app = os.path.join(folder, "app")
        os.makedirs(app)
        sizes = {"account": ACCOUNT, "region": REGION, "stages": given.stages, "assets": given.assets}
        with open(os.path.join(app, "app.js"), "w", encoding="utf-8") as file:
            file.write(APP % sizes)
        environment = {**os.environ, "NODE_PATH": modules}
        subprocess.run(["node", "app.js"], cwd=app, env={**environment, "CDK_OUTDIR": "assembly"}, check=True)
        lower(os.path.join(app, "assembly"))
        definition = HEAD + "".join(STAGE.format(number) for number in range(given.stages))
        rows = {}
        for name in ("pipectl", "CDK Pipelines"):
            home = os.path.join(folder, name.split()[0])
            project = Project(home, os.path.join(app, "assembly"), definition, modules)
            try:
                project.push()
                if name == "pipectl":
                    project.call("pipectl", "--local", "bootstrap")
                    project.call("pipectl", "--local", "deploy", "--require-approval", "never")
                else:
                    cdk = ["cdk", "--no-notices", "--app", os.path.join(home, ".home", "assembly")]
                    shutil.copytree(os.path.join(app, "assembly"), os.path.join(home, ".home", "assembly"))
                    project.call("cdk", "--no-notices", "bootstrap", f"aws://{ACCOUNT}/{REGION}")
                    project.call(*cdk, "deploy", "PipelineStack", "--require-approval", "never")
                rows[name] = project.unchanged_run()
            finally:
                project.stop()
    print(f"a run that changes nothing: {given.stages} stages of one stack and {given.assets} file assets")
    print(f"{'':20}{'builds':>8}{'calls in builds':>18}{'wall s':>9}")
    for name, (builds, calls, wall) in rows.items():
        print(f"{name:20}{builds:8}{calls:18}{wall:9.1f}")


main()
