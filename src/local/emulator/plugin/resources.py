"""CloudFormation types beyond the emulator's: the front's, simulated ones, and one that fails when it is told to."""

import json
import os
import time
import urllib.error
import urllib.request

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners, stacks

# The front starts Git processes and writes files; more than this is a hang.
ANSWER_SECONDS = 120
TEST_TYPE = "Pipectl::Test::Resource"
HOLD_SECONDS = 300
SIMULATED_REASON = "simulated by pipectl: nothing was created"


def install(front, token, types, simulated):
    """Registers the types and lets their handlers run on worker threads, where they may call the front."""
    ours = {TEST_TYPE, *types}
    for name in types:
        provisioners._RESOURCE_HANDLERS[name] = Provided(front, token, name).handlers()
    for name in simulated:
        provisioners._RESOURCE_HANDLERS.setdefault(name, simulated_handlers(name))
    provisioners._RESOURCE_HANDLERS[TEST_TYPE] = {
        "create": test_create, "update": test_update, "delete": test_delete,
    }

    runs_on_worker_thread = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda name: name in ours or runs_on_worker_thread(name)
    mark(dict.fromkeys(simulated, SIMULATED_REASON))


class Provided:
    """A type that the front provides."""

    def __init__(self, front, token, name):
        self._url = f"{front}/_pipectl/resource"
        self._token = token
        self._name = name
        # A proxy of the user's has no business between the two.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def handlers(self):
        return {
            "create": self._create, "update": self._update, "delete": self._delete,
            "update_with_logical_id": True, "delete_with_logical_id": True,
        }

    def _create(self, logical_id, properties, stack):
        return self._ask("create", stack, logical_id, "", properties, None)

    def _update(self, physical_id, old_properties, properties, stack, logical_id):
        return self._ask("update", stack, logical_id, physical_id, properties, old_properties)

    def _delete(self, physical_id, properties, logical_id):
        self._ask("delete", "", logical_id or "", physical_id, properties, None)

    def _ask(self, operation, stack, logical_id, physical_id, properties, old_properties):
        call = {
            "operation": operation, "type": self._name, "account": get_account_id(), "region": get_region(),
            "stack": stack, "logical_id": logical_id, "physical_id": physical_id,
            "properties": properties, "old_properties": old_properties,
        }
        request = urllib.request.Request(self._url, json.dumps(call, default=str).encode(), {
            "content-type": "application/json", "x-pipectl-token": self._token,
        })
        try:
            with self._opener.open(request, timeout=ANSWER_SECONDS) as response:
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            raise ValueError(json.load(error)["message"]) from None
        return answer["physical_id"], answer["attributes"]


def simulated_handlers(_name):
    """Handlers of a type that is only recorded."""
    def create(logical_id, _properties, stack):
        return f"{stack}-{logical_id}-simulated", {}

    def update(physical_id, _old_properties, _properties, _stack):
        return physical_id, {}

    def delete(_physical_id, _properties):
        return None

    return {"create": create, "update": update, "delete": delete}


def mark(reasons):
    """Gives events of what nothing of AWS stands behind a reason that says so: of types, or of a stack's resources."""
    add_event = stacks._add_event

    def marked(stack_id, stack_name, logical_id, resource_type, status, reason="", *rest, **named):
        reason = reason or reasons.get(resource_type) or reasons.get((stack_name, logical_id), "")
        return add_event(stack_id, stack_name, logical_id, resource_type, status, reason, *rest, **named)

    stacks._add_event = marked


def obey(operation, properties):
    """Holds and fails as the test resource's properties say."""
    hold = properties.get("HoldUntilExists")
    deadline = time.monotonic() + HOLD_SECONDS
    while hold and operation != "delete" and not os.path.exists(hold):
        if time.monotonic() > deadline:
            raise ValueError(f"{hold} did not appear")
        time.sleep(0.05)
    fails = properties.get("FailOn", [])
    if operation in ([fails] if isinstance(fails, str) else fails):
        raise ValueError(properties.get("Reason", f"told to fail on {operation}"))


def test_create(logical_id, properties, stack):
    obey("create", properties)
    return f"{stack}-{logical_id}", {"Value": properties.get("Value", "")}


def test_update(physical_id, _old_properties, properties, _stack):
    obey("update", properties)
    return physical_id, {"Value": properties.get("Value", "")}


def test_delete(_physical_id, properties):
    obey("delete", properties)
