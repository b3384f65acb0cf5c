"""Nested stacks that fail, and what of them is to stay. The emulator leaves one that failed as it is, so that what it made keeps
its names, and deletes all of one that goes; CloudFormation takes the first back and keeps what the policies of the second say.
"""

import logging

from ministack.services import cloudformation
from ministack.services.cloudformation import provisioners, stacks

TYPE = "AWS::CloudFormation::Stack"
# What the events of a nested stack that goes back are called.
BACK = {"UPDATE_IN_PROGRESS": "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_COMPLETE": "UPDATE_ROLLBACK_COMPLETE"}

logger = logging.getLogger("pipectl")

# The ids of nested stacks that failed, by their parents and logical ids; and the names of those that go back.
failed = {}
going_back = set()


def install():
    handlers = provisioners._RESOURCE_HANDLERS[TYPE]
    provisioners._RESOURCE_HANDLERS[TYPE] = {
        **handlers, "create": creating(handlers["create"], handlers["delete"]), "update": changing(handlers["update"]),
        "delete": deleting(handlers["delete"]),
    }
    stacks._add_event = telling(stacks._add_event)


def creating(create, delete):
    """Wraps the creation: what failed is deleted, and the parent's event names the nested stack."""

    def handler(logical_id, properties, parent):
        failed.pop((parent, logical_id), None)
        try:
            return create(logical_id, properties, parent)
        except Exception as error:
            nested = newest_child(parent, logical_id)
            if nested is None:
                raise
            identity = failed[parent, logical_id] = nested["StackId"]
            reason = f"Embedded stack {identity} was not successfully created: {culprits(nested, 'create')}"
            if not stays(parent):
                # As on AWS, `RetainExceptOnCreate` keeps nothing of a creation that failed.
                keep(nested, {"Retain"})
                delete(identity, properties)
            raise ValueError(reason) from error

    return handler


def changing(update):
    """Wraps the change: one that failed is made what it was before."""

    def handler(physical_id, old_properties, properties, parent):
        try:
            return update(physical_id, old_properties, properties, parent)
        except Exception as error:
            name = provisioners._nested_stack_lookup_name(physical_id)
            nested = cloudformation._stacks.get(name)
            if nested is None:
                raise
            why = culprits(nested, "update")
            go_back(name, lambda: update(physical_id, properties, old_properties, parent))
            raise ValueError(
                f"Embedded stack {nested['StackId']} was not successfully updated. "
                f"Currently in UPDATE_ROLLBACK_IN_PROGRESS with reason: {why}"
            ) from error

    return handler


def go_back(name, revert):
    going_back.add(name)
    try:
        revert()
        status = "UPDATE_ROLLBACK_COMPLETE"
    except Exception:
        logger.exception("the nested stack %s cannot go back", name)
        status = "UPDATE_ROLLBACK_FAILED"
    finally:
        going_back.discard(name)
    cloudformation._stacks[name]["StackStatus"] = status


def deleting(delete):
    """Wraps the deletion: what is to be retained is."""

    def handler(physical_id, properties):
        nested = cloudformation._stacks.get(provisioners._nested_stack_lookup_name(physical_id))
        if nested is not None:
            keep(nested, set(provisioners._RETAINING_POLICIES))
        delete(physical_id, properties)

    return handler


def keep(nested, policies):
    """Takes the resources out of a nested stack that their policies retain."""
    template, resources = nested.get("_template") or {}, nested["_resources"]
    for logical_id, resource in list(resources.items()):
        policy = stacks._resource_policy(
            template.get("Resources", {}).get(logical_id), "DeletionPolicy", resources, nested["_resolved_params"],
            nested["_conditions"], template.get("Mappings", {}), nested["StackName"], nested["StackId"],
        )
        if policy in policies:
            del resources[logical_id]
            stacks._add_event(
                nested["StackId"], nested["StackName"], logical_id, resource["ResourceType"], "DELETE_SKIPPED",
                physical_id=resource["PhysicalResourceId"],
            )


def telling(add_event):
    """Wraps the events: of nested stacks that failed they name these, and a way back is called so."""

    def event(stack_id, stack_name, logical_id, resource_type, status, reason="", physical_id="", *rest, **named):
        if resource_type == TYPE:
            if logical_id == stack_name and stack_name in going_back:
                status = BACK.get(status, status)
            if status == "CREATE_FAILED":
                physical_id = physical_id or failed.get((stack_name, logical_id), "")
        return add_event(stack_id, stack_name, logical_id, resource_type, status, reason, physical_id, *rest, **named)

    return event


def newest_child(parent, logical_id):
    """The nested stack that a parent has just failed to create."""
    children = (
        stack for name, stack in cloudformation._stacks.items()
        if stack.get("_parent_stack_name") == parent and name.startswith(f"{parent}-{logical_id}-")
        and stack["StackStatus"] == "CREATE_FAILED"
    )
    return max(children, key=lambda stack: stack["CreationTime"], default=None)


def culprits(nested, verb):
    """What CloudFormation says of the resources that failed."""
    status = f"{verb.upper()}_FAILED"
    names = [
        event["LogicalResourceId"] for event in cloudformation._stack_events.get(nested["StackId"], [])
        if event["ResourceStatus"] == status and event["LogicalResourceId"] != nested["StackName"]
    ]
    return f"The following resource(s) failed to {verb}: [{', '.join(names[-1:])}]. "


def stays(name):
    """Whether nothing is taken back of the stack that is around all others."""
    while parent := cloudformation._stacks[name].get("_parent_stack_name"):
        name = parent
    return bool(cloudformation._stacks[name].get("DisableRollback"))
