"""Synthesises 100 stages of 2 stacks and 3 file assets: pipectl and the CDK side by side.

The CDK makes a pipeline of an app. pipectl makes one of plain templates, and one of the assembly that the CDK has just
written, whose stages it reads. `validate` of the same assembly reads it all, renders the pipeline and holds it against the
limits, but writes nothing: what `synth` takes beyond that is the writing of its files.

Needs an npm folder with aws-cdk, aws-cdk-lib and constructs, named by CDK_MODULES (its `node_modules`), unless
--without-cdk is given, or an assembly of the same size by --assembly. No network and no credentials are needed.
"""

import argparse
import json
import os
import shutil
import tempfile

from measure import ACCOUNT, REGION, definition_head, median, pipectl, run, table

PIPECTL, ASSEMBLY, CDK = "pipectl synth of templates", "pipectl synth of the assembly", "cdk synth"
READ = "pipectl validate of the assembly"

APP = """
const { App, Stack, Stage, CfnOutput, aws_sns: sns, aws_s3_assets: assets } = require('aws-cdk-lib');
const { CodePipeline, CodePipelineSource, ShellStep } = require('aws-cdk-lib/pipelines');
const env = { account: '%(account)s', region: '%(region)s' };
const app = new App();
const pipeline = new CodePipeline(new Stack(app, 'PipelineStack', { env }), 'Pipeline', {
  synth: new ShellStep('Synth', { input: CodePipelineSource.gitHub('owner/repository', 'main'), commands: ['true'] }),
});
for (let s = 0; s < %(stages)d; s++) {
  const stage = new Stage(app, `Stage${s}`, { env });
  for (let k = 0; k < %(stacks)d; k++) {
    const stack = new Stack(stage, `Stack${k}`);
    for (let a = k; a < %(assets)d; a += %(stacks)d) {
      const path = `${__dirname}/files/${s}-${k}-${a}.txt`;
      const asset = new assets.Asset(stack, `Asset${a}`, { path });
      new CfnOutput(stack, `Key${a}`, { value: asset.s3ObjectKey });
    }
    new sns.CfnTopic(stack, 'Topic');
  }
  pipeline.addStage(stage);
}
app.synth();
"""

HEAD = definition_head("owner/repository")


def make_project(folder, stages, stacks, assets):
    """Writes the same application twice: as a definition with templates, and as a CDK app."""
    os.makedirs(os.path.join(folder, "files"))
    lines = [HEAD]
    for stage in range(stages):
        lines.append(f'[[stage]]\nname = "Stage{stage}"\n')
        for stack in range(stacks):
            template = f"template-{stage}-{stack}.json"
            own = range(stack, assets, stacks)
            write(folder, template, json.dumps(template_of(own)))
            lines.append(f'[[stage.stack]]\nname = "stack{stack}"\ntemplate = "{template}"\n')
            for asset in own:
                path = f"files/{stage}-{stack}-{asset}.txt"
                write(folder, path, f"the content of {path}\n" * 100)
                lines.append(
                    f'[[stage.stack.asset]]\nname = "asset{asset}"\npath = "{path}"\n'
                    f'bucket-parameter = "Bucket{asset}"\nkey-parameter = "Key{asset}"\n'
                )
    write(folder, "pipeline.toml", "\n".join(lines))
    sizes = {"account": ACCOUNT, "region": REGION, "stages": stages, "stacks": stacks, "assets": assets}
    write(folder, "app.js", APP % sizes)


def take_over(folder, assembly, stages):
    """Writes a definition whose stages are those of a CDK app's assembly."""
    stage = '[[stage]]\nname = "Stage{0}"\n[[stage.assembly]]\npath = "{1}"\nstage = "Stage{0}"\n'
    write(folder, "assembly.toml", HEAD + "".join(stage.format(number, assembly) for number in range(stages)))


def template_of(assets):
    """A template that tells where its assets are."""
    names = [f"{kind}{asset}" for asset in assets for kind in ("Bucket", "Key")]
    return {
        "Parameters": {name: {"Type": "String"} for name in names},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": {"Ref": name}} for name in names},
    }


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)


def measure_assembly(binary, samples, assembly, given, environment, folder, out):
    """Reads and renders an assembly, then does the same and writes."""
    take_over(folder, assembly, given.stages)
    command = [binary, "--file", "assembly.toml"]
    samples[READ].append(run([*command, "validate", "--quiet"], environment, folder))
    samples[ASSEMBLY].append(run([*command, "synth", "--quiet", "--out", out], environment, folder))


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--stages", type=int, default=100)
    arguments.add_argument("--stacks", type=int, default=2)
    arguments.add_argument("--assets", type=int, default=3)
    arguments.add_argument("--without-cdk", action="store_true")
    arguments.add_argument("--assembly", metavar="DIR", help="what the CDK wrote before, of as many stages; it is not run")
    given = arguments.parse_args()
    binary = pipectl()
    samples = {PIPECTL: [], READ: [], ASSEMBLY: [], CDK: []}
    with tempfile.TemporaryDirectory() as folder:
        make_project(folder, given.stages, given.stacks, given.assets)
        environment = {**os.environ, "CDK_DISABLE_CLI_TELEMETRY": "true", "CI": "1", "HOME": folder}
        environment["NODE_PATH"] = modules = os.environ.get("CDK_MODULES", "node_modules")
        cdk = [os.path.join(modules, ".bin", "cdk"), "synth", "--quiet", "--no-notices", "--no-version-reporting"]
        for round in range(given.rounds):
            out = os.path.join(folder, f"out-{round}")
            samples[PIPECTL].append(run([binary, "synth", "--quiet", "--out", out], environment, folder))
            if given.assembly:
                # The paths of a definition do not leave its folder.
                assembly = os.path.join(folder, "assembly")
                if round == 0:
                    shutil.copytree(given.assembly, assembly)
                measure_assembly(binary, samples, "assembly", given, environment, folder, out)
            elif not given.without_cdk:
                command = [*cdk, "--app", "node app.js", "--output", f"{out}-cdk"]
                samples[CDK].append(run(command, environment, folder))
                measure_assembly(binary, samples, f"out-{round}-cdk", given, environment, folder, out)
    print(f"{given.stages} stages of {given.stacks} stacks and {given.assets} assets; medians of {given.rounds}")
    table({name: median(taken) for name, taken in samples.items() if taken}, PIPECTL)


main()
