"""References of the CDK between stacks in different regions (`crossRegionReferences`): values travel by the Parameter Store.

    Custom::CrossRegionExportWriter   beside the producer: writes the values into the region of the consumer
    Custom::CrossRegionExportReader   beside the consumer: hands them on, and marks the parameters as used

A value that is used can neither change nor go, as with exports of stacks.
"""

import json

from ministack.core.responses import get_account_id, request_scope
from ministack.services import ssm

# What the tags of parameters begin with that somebody uses; the rest names who does.
USED_BY = "aws-cdk:strong-ref:"


def handlers():
    return {
        "Custom::CrossRegionExportWriter": {"create": write, "update": write_anew, "delete": withdraw},
        "Custom::CrossRegionExportReader": {"create": read, "update": read_anew, "delete": read_no_more},
    }


def checked(answer):
    """The answer of the Parameter Store, whose refusal is the resource's failure."""
    status, _, body = answer
    if status >= 300:
        raise ValueError(body.decode() if isinstance(body, bytes) else str(body))
    return json.loads(body)


def of_region(properties):
    return request_scope(get_account_id(), properties["region"])


def write(logical_id, properties, stack):
    wanted = properties["WriterProps"]
    with of_region(wanted):
        refuse_used(wanted["exports"])
        put(wanted["exports"])
    return f"{stack}-{logical_id}", {}


def write_anew(physical_id, old_properties, properties, _stack):
    wanted = properties["WriterProps"]
    former, exports = old_properties["WriterProps"]["exports"], wanted["exports"]
    changed = {name: value for name, value in exports.items() if former.get(name) != value}
    gone = former.keys() - exports.keys()
    with of_region(wanted):
        refuse_used([*changed, *gone])
        ssm._delete_parameters({"Names": sorted(gone)})
        put(changed)
    return physical_id, {}


def withdraw(_physical_id, properties):
    wanted = properties["WriterProps"]
    with of_region(wanted):
        refuse_used(wanted["exports"])
        ssm._delete_parameters({"Names": sorted(wanted["exports"])})


def put(exports):
    for name, value in exports.items():
        checked(ssm._put_parameter({"Name": name, "Value": value, "Type": "String", "Overwrite": True}))


def refuse_used(names):
    """Refuses to touch parameters that somebody uses; one that is not there is used by nobody."""
    users = {name: [tag.removeprefix(USED_BY) for tag in tags_of(name) if tag.startswith(USED_BY)] for name in names}
    told = [f"{name} is in use by stack(s) {', '.join(sorted(users[name]))}" for name in sorted(users) if users[name]]
    if told:
        raise ValueError("Exports cannot be updated: " + "; ".join(told))


def tags_of(name):
    status, _, body = ssm._list_tags_for_resource({"ResourceType": "Parameter", "ResourceId": name})
    return [tag["Key"] for tag in json.loads(body)["TagList"]] if status == 200 else []


def read(logical_id, properties, stack):
    wanted = properties["ReaderProps"]
    with of_region(wanted):
        use(wanted["imports"], wanted["prefix"])
    return f"{stack}-{logical_id}", dict(wanted["imports"])


def read_anew(physical_id, old_properties, properties, _stack):
    wanted, former = properties["ReaderProps"], old_properties["ReaderProps"]
    with of_region(wanted):
        use(wanted["imports"], wanted["prefix"])
        leave(former["imports"].keys() - wanted["imports"].keys(), former["prefix"])
    return physical_id, dict(wanted["imports"])


def read_no_more(_physical_id, properties):
    wanted = properties["ReaderProps"]
    with of_region(wanted):
        leave(wanted["imports"], wanted["prefix"])


def use(names, who):
    for name in names:
        tag = {"Key": USED_BY + who, "Value": "true"}
        checked(ssm._add_tags_to_resource({"ResourceType": "Parameter", "ResourceId": name, "Tags": [tag]}))


def leave(names, who):
    for name in names:
        ssm._remove_tags_from_resource({"ResourceType": "Parameter", "ResourceId": name, "TagKeys": [USED_BY + who]})
