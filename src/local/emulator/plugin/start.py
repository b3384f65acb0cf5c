"""Starts the emulator with pipectl's plugin inside.

The caller's settings come in the environment and leave it at once, so that no child of the emulator sees them:

    PIPECTL_FRONT       address of the front, for call-backs
    PIPECTL_TOKEN       what front and plugin share; every request must carry it
    PIPECTL_TYPES       JSON list of the CloudFormation types that the front provides
    PIPECTL_SIMULATED   JSON list of the types that are only recorded

The process ends when its standard input does, so that it never outlives the program that started it.
"""

import asyncio
import json
import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

GRACE_SECONDS = 5
SNAPSHOT_SECONDS = 20


def end_with_parent():
    """Waits for the end of the standard input, then ends the whole process group: politely first, to save the state."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)


def save_now_and_then(app, changes):
    """Saves the state while there are changes, so that a crash loses little."""

    async def save():
        app.save_all(app._build_persistence_save_dict())

    while True:
        time.sleep(SNAPSHOT_SECONDS)
        if app._MAIN_LOOP is not None and changes.take():
            asyncio.run_coroutine_threadsafe(save(), app._MAIN_LOOP).result()


def main():
    front = os.environ.pop("PIPECTL_FRONT")
    token = os.environ.pop("PIPECTL_TOKEN")
    types = json.loads(os.environ.pop("PIPECTL_TYPES"))
    simulated = json.loads(os.environ.pop("PIPECTL_SIMULATED"))

    import appsync_files
    import appsync_functions
    import cdk_resources
    import custom_resources
    import ministack.app as app
    import named
    import named_values
    import nested
    import nested_failures
    import notifications
    import policies
    import projects
    import registry
    import requests_checked
    import reserved
    import resources
    import storage
    import summaries
    from gate import Changes, Gate

    changes = Changes()
    resources.install(front, token, types, simulated)
    requests_checked.install()
    reserved.install()
    named.install()
    named_values.install()
    appsync_functions.install()
    appsync_files.install()
    cdk_resources.install()
    custom_resources.install()
    nested.install()
    nested_failures.install()
    notifications.install()
    policies.install()
    projects.install()
    registry.install(front)
    storage.install()
    summaries.install()
    app.app = Gate(app.app, token, changes)

    threading.Thread(target=end_with_parent, daemon=True).start()
    threading.Thread(target=save_now_and_then, args=(app, changes), daemon=True).start()
    # The emulator reads its arguments itself.
    sys.argv = sys.argv[:1]
    try:
        app.main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # Worker threads that wait for something that will never come must not keep the process.
        os._exit(0)


if __name__ == "__main__":
    main()
