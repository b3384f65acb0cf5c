"""Values that stacks read from the parameter store: AWS describes such parameters by the names that are read."""

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers


def install():
    """Shows the names, which the emulator keeps beside the values."""
    actions = handlers._ACTION_HANDLERS
    actions["DescribeStacks"] = with_names(actions["DescribeStacks"])


def with_names(handle):
    """Wraps the description of stacks."""

    def handler(parameters):
        for stack in cloudformation._stacks.values():
            resolved = stack.get("_resolved_params") or {}
            for parameter in stack.get("Parameters", []):
                value = resolved.get(parameter["ParameterKey"])
                if isinstance(value, dict) and "SsmName" in value:
                    parameter["ParameterValue"] = value["SsmName"]
        return handle(parameters)

    return handler
