"""What the benchmarks share: measuring programs, an S3 endpoint, and tables of medians."""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass

ACCOUNT = "111111111111"
REGION = "us-east-1"


def definition_head(repository):
    """The beginning of a definition: a pipeline of a repository on GitHub, with a build that does nothing."""
    return f"""
[pipeline]
name = "bench"
account = "{ACCOUNT}"
region = "{REGION}"

[source.github]
repository = "{repository}"
branch = "main"

[build]
commands = ["true"]
"""


@dataclass
class Sample:
    """One run of a program."""

    wall: float
    cpu: float
    peak_mib: float


def find(name, variable):
    """Finds a program: the variable names it, or the PATH has it."""
    program = os.environ.get(variable) or shutil.which(name)
    if not program:
        sys.exit(f"`{name}` is not on the PATH; set {variable} to its path")
    return program


def pipectl():
    """Finds the release binary of this checkout."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    binary = os.environ.get("PIPECTL") or os.path.join(here, "target", "release", "pipectl")
    if not os.path.exists(binary):
        sys.exit("`cargo build --release` makes the binary that is measured; PIPECTL names another")
    return binary


def run(command, environment=None, cwd=None):
    """Runs a program to its end and measures it with all its children. A failure ends the benchmark."""
    with tempfile.TemporaryFile() as log:
        begin = time.monotonic()
        child = subprocess.Popen(command, env=environment, cwd=cwd, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            log.seek(0)
            sys.exit(f"{' '.join(map(str, command))} failed:\n{log.read().decode(errors='replace')[-2000:]}")
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


@contextmanager
def endpoint():
    """Starts an AWS endpoint with nothing in it, gives the environment that clients need, and stops it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "MINISTACK_ACCOUNT_ID": ACCOUNT, "LOG_LEVEL": "ERROR"}
    with tempfile.TemporaryDirectory() as home:
        server = subprocess.Popen(
            [find("ministack", "MINISTACK")],
            env={**os.environ, **settings, "HOME": home},
            cwd=home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(port, server)
            url = f"http://127.0.0.1:{port}"
            yield {
                **os.environ,
                "HOME": home,
                "AWS_ENDPOINT_URL": url,
                "AWS_ENDPOINT_URL_S3": url,
                # A key of its own: the CDK's tools remember the account of a key.
                "AWS_ACCESS_KEY_ID": f"AKIABENCH{port:011d}",
                "AWS_SECRET_ACCESS_KEY": "bench",
                "AWS_REGION": REGION,
                "AWS_DEFAULT_REGION": REGION,
                "AWS_EC2_METADATA_DISABLED": "true",
                "CDK_DISABLE_CLI_TELEMETRY": "true",
                "CI": "1",
            }
        finally:
            server.terminate()
            server.wait(timeout=30)


def wait_for(port, server):
    """Waits until a port answers."""
    for _ in range(600):
        if server.poll() is not None:
            sys.exit("the endpoint ended at once")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit("the endpoint did not answer within 30 s")


def median(samples):
    """The median run, each figure by itself."""
    figures = zip(*[(sample.wall, sample.cpu, sample.peak_mib) for sample in samples])
    return Sample(*[statistics.median(figure) for figure in figures])


def table(rows, base, decimals=2):
    """Prints medians, and the ratios to one of the rows."""
    print(f"{'':34}{'wall s':>9}{'CPU s':>9}{'peak MiB':>10}{'wall ÷':>9}{'CPU ÷':>9}")
    reference = rows[base]
    for name, sample in rows.items():
        print(
            f"{name:34}{sample.wall:9.{decimals}f}{sample.cpu:9.{decimals}f}{sample.peak_mib:10.0f}"
            f"{sample.wall / reference.wall:9.2f}{sample.cpu / reference.cpu:9.2f}"
        )
    print(f"÷ is the ratio to `{base}`")
