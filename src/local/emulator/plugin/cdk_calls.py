"""Custom resources of the CDK and of Amplify whose functions do no more than call a service: the calls are made here.

    Custom::S3BucketNotifications          sets what a bucket tells queues, topics and functions
    Custom::LogRetention                   sets how long a log group keeps what it has
    Custom::AmplifySecretFetcherResource   of Amplify Gen 2: reads secrets from the Parameter Store
"""

import hashlib
import json

from ministack.services import cloudwatch_logs, s3, ssm

# The kinds of targets, as the API calls them: the emulator's word for one, and the member with its ARN.
TARGETS = {
    "TopicConfigurations": ("sns", "TopicArn"),
    "QueueConfigurations": ("sqs", "QueueArn"),
    "LambdaFunctionConfigurations": ("lambda", "LambdaFunctionArn"),
}
EVENT_BUS = "EventBridgeConfiguration"
# How long the names of Amplify's stacks are at most, which are part of the paths of secrets, and those of backends in them.
STACK_NAME = 128
BACKEND_NAME = 50
DIGEST = 10


def handlers():
    return {
        "Custom::S3BucketNotifications": {
            "create": notify, "update": notify_anew, "delete": notify_no_more,
        },
        "Custom::LogRetention": {"create": retain, "update": retain_anew, "delete": retain_no_more},
        "Custom::AmplifySecretFetcherResource": {"create": fetch, "update": fetch_anew, "delete": forget},
    }


def is_set(properties, name, default):
    return str(properties.get(name, default)).lower() == "true"


def checked(answer):
    """The answer of a service that did what it was asked; its refusal is the resource's failure."""
    status, _, body = answer
    if status >= 300:
        raise ValueError(body.decode() if isinstance(body, bytes) else str(body))
    return body


def notify(logical_id, properties, stack):
    physical_id = f"{stack}-{logical_id}"
    set_notifications(physical_id, properties, properties["NotificationConfiguration"])
    return physical_id, {}


def notify_anew(physical_id, _old_properties, properties, _stack):
    set_notifications(physical_id, properties, properties["NotificationConfiguration"])
    return physical_id, {}


def notify_no_more(physical_id, properties):
    if properties["BucketName"] in s3._buckets:
        set_notifications(physical_id, properties, {})


def set_notifications(physical_id, properties, wanted):
    """Makes what is wanted the bucket's configuration: all of it, or, where others set some too, what is this resource's."""
    bucket = properties["BucketName"]
    own = [target for kind in TARGETS for target in targets(kind, wanted.get(kind) or [], physical_id)]
    bus = EVENT_BUS in wanted
    if not is_set(properties, "Managed", True):
        others = s3._parse_notification_config(bucket)
        own = [target for target in others if not target["id"].startswith(f"{physical_id}-")] + own
        bus = bus or EVENT_BUS in (s3._bucket_notifications.get(bucket) or "")
    body = s3._notification_configs_to_xml(own, bus).encode()
    skipped = str(is_set(properties, "SkipDestinationValidation", False)).lower()
    checked(s3._put_bucket_notification(bucket, body, {"x-amz-skip-destination-validation": skipped}))


def targets(kind, wanted, physical_id):
    """The targets of a kind, as the emulator keeps them."""
    service, arn = TARGETS[kind]
    for target in wanted:
        rules = target.get("Filter", {}).get("Key", {}).get("FilterRules", [])
        filters = {rule["Name"].lower(): rule["Value"] for rule in rules}
        digest = hashlib.sha256(json.dumps(target, sort_keys=True).encode()).hexdigest()[:32]
        yield {
            "type": service, "arn": target[arn], "id": target.get("Id") or f"{physical_id}-{digest}",
            "events": target["Events"], "filter_prefix": filters.get("prefix"), "filter_suffix": filters.get("suffix"),
        }


def retain(_logical_id, properties, _stack):
    group = {"logGroupName": properties["LogGroupName"]}
    if properties["LogGroupName"] not in cloudwatch_logs._log_groups:
        checked(cloudwatch_logs._create_log_group(group))
    days = properties.get("RetentionInDays")
    if days is None:
        checked(cloudwatch_logs._delete_retention_policy(group))
    else:
        checked(cloudwatch_logs._put_retention_policy({**group, "retentionInDays": int(days)}))
    return properties["LogGroupName"], group_told(properties)


def retain_anew(_physical_id, _old_properties, properties, stack):
    return retain("", properties, stack)


def retain_no_more(physical_id, properties):
    if properties.get("RemovalPolicy") == "destroy" and physical_id in cloudwatch_logs._log_groups:
        checked(cloudwatch_logs._delete_log_group({"logGroupName": physical_id}))


def group_told(properties):
    return {"LogGroupName": properties["LogGroupName"]}


def fetch(logical_id, properties, stack):
    return f"{stack}-{logical_id}", {name: secret_of(properties, name) for name in properties["secretNames"]}


def fetch_anew(physical_id, _old_properties, properties, _stack):
    return physical_id, {name: secret_of(properties, name) for name in properties["secretNames"]}


def forget(_physical_id, _properties):
    return None


def secret_of(properties, name):
    """A secret of the backend, or else one that all backends of the namespace share."""
    places = [f"/amplify/{place_of(properties)}/{name}", f"/amplify/shared/{properties['namespace']}/{name}"]
    for place in places:
        status, _, body = ssm._get_parameter({"Name": place, "WithDecryption": True})
        if status == 200:
            return json.loads(body)["Parameter"]["Value"]
    raise ValueError(f"the secret `{name}` is neither the parameter `{places[0]}` nor `{places[1]}`")


def place_of(properties):
    """The part of the paths of secrets that tells backends apart: that of the stack's name, as Amplify makes it."""
    namespace, name, kind = properties["namespace"], properties["name"], properties["type"]
    digest = hashlib.sha512(f"{namespace}{name}".encode()).hexdigest()[:DIGEST]
    name = letters(name)[:BACKEND_NAME]
    room = STACK_NAME - len(f"amplify--{name}-{kind}-{digest}") - 1
    return f"{letters(namespace)[:room]}/{name}-{kind}-{digest}"


def letters(text):
    return "".join(character for character in text if character.isascii() and character.isalnum())
