"""Nested stacks where the emulator falls short: whose they are, and what stays of them when they are changed."""

import functools

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, helpers, provisioners

MEMBERS = ("ParentId", "RootId")


def install():
    """Shows the parents of nested stacks, and keeps the attributes of their resources."""
    actions = handlers._ACTION_HANDLERS
    actions["DescribeStacks"] = showing(actions["DescribeStacks"])
    provisioners._update_resource = keeping_attributes(provisioners._update_resource)


def showing(handle):
    """Wraps the description of stacks, which leaves the parents out."""

    def handler(parameters):
        status, headers, body = handle(parameters)
        for stack in cloudformation._stacks.values():
            if stack.get("ParentId"):
                identity = f"<StackId>{helpers._esc(stack['StackId'])}</StackId>"
                members = "".join(f"<{name}>{helpers._esc(stack[name])}</{name}>" for name in MEMBERS)
                body = body.replace(identity.encode(), f"{identity}{members}".encode())
        return status, headers, body

    return handler


def keeping_attributes(update):
    """Wraps the change of a nested stack's resource, after which one that does not change has no attributes any more."""

    @functools.wraps(update)
    def update_resource(resource_type, physical_id, old, new, stack, logical_id=None, old_attributes=None):
        if old_attributes is None:
            resources = (cloudformation._stacks.get(stack) or {}).get("_resources", {})
            old_attributes = resources.get(logical_id, {}).get("Attributes")
        return update(resource_type, physical_id, old, new, stack, logical_id, old_attributes)

    return update_resource
