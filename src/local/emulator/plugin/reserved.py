"""Stacks that are only reserved by change sets. A further change set keeps the stack that the first one reserved: the
emulator would put another one in its place, and forget it where the further change set is refused."""

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, helpers


def install():
    """Wraps the making of change sets."""
    actions = handlers._ACTION_HANDLERS
    actions["CreateChangeSet"] = keeping(actions["CreateChangeSet"])


def keeping(handle):
    """Puts a reserved stack back after an operation, and the new change set with it."""

    def handler(parameters):
        reserved = handlers._resolve_stack(helpers._p(parameters, "StackName"))
        if reserved is None or reserved.get("StackStatus") != "REVIEW_IN_PROGRESS":
            return handle(parameters)
        name, identity = reserved["StackName"], reserved["StackId"]
        status, headers, body = handle(parameters)
        other = cloudformation._stacks.get(name)
        cloudformation._stacks[name] = reserved
        if other is not None and other["StackId"] != identity:
            cloudformation._stack_events.pop(other["StackId"], None)
            for change_set in cloudformation._change_sets.values():
                if change_set["StackId"] == other["StackId"]:
                    change_set["StackId"] = identity
            body = body.replace(other["StackId"].encode(), identity.encode())
        return status, headers, body

    return handler
