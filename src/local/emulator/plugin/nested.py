"""Nested stacks tell whose they are. The emulator knows, but its descriptions leave it out."""

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, helpers

MEMBERS = ("ParentId", "RootId")


def install():
    """Shows the parents of nested stacks."""
    actions = handlers._ACTION_HANDLERS
    actions["DescribeStacks"] = showing(actions["DescribeStacks"])


def showing(handle):
    """Wraps the description of stacks."""

    def handler(parameters):
        status, headers, body = handle(parameters)
        for stack in cloudformation._stacks.values():
            if stack.get("ParentId"):
                identity = f"<StackId>{helpers._esc(stack['StackId'])}</StackId>"
                members = "".join(f"<{name}>{helpers._esc(stack[name])}</{name}>" for name in MEMBERS)
                body = body.replace(identity.encode(), f"{identity}{members}".encode())
        return status, headers, body

    return handler
