"""Custom resources of the CDK and of Amplify whose functions need what is not here: a program of a layer, or an SDK that
Lambda brings. What they do is done in their place, and the events of the stack say so.

    Custom::CDKBucketDeployment     unpacks assets into a bucket
    Custom::S3AutoDeleteObjects     empties a bucket before it is deleted
    Custom::AmplifyDynamoDBTable    is a table, with properties that begin in lower case
    Custom::LambdaCallout           of Amplify Gen 1: lets users take the backend's roles, or tells a client's secret; other
                                    callouts are left to their functions

Those that only call a service are in `cdk_calls.py` and `cross_region.py`.
"""

import io
import json
import mimetypes
import uuid
import zipfile

import cdk_calls
import cross_region
import resources
from cdk_calls import is_set
from ministack.services import cognito, iam, s3
from ministack.services.cloudformation import provisioners

REASON = "done by pipectl in the place of the function"
CALLOUT = "Custom::LambdaCallout"
USERS = "cognito-identity.amazonaws.com"
TABLE = "AWS::DynamoDB::Table"
# Properties of tables whose names do not just begin with a capital.
NAMES = {"sseSpecification": "SSESpecification", "sseEnabled": "SSEEnabled", "sseType": "SSEType", "kmsMasterKeyId": "KMSMasterKeyId"}
# What Amplify's table manager is told besides the table's properties.
NOT_OF_TABLES = {"ServiceToken", "allowDestructiveGraphqlSchemaUpdates", "replaceTableUponGsiUpdate", "isImported"}


def install():
    """Takes the place of the functions. Whoever simulates one of the types gets no more than that."""
    handlers = {
        "Custom::CDKBucketDeployment": {"create": deploy, "update": deploy_again, "delete": withdraw},
        "Custom::S3AutoDeleteObjects": {"create": watch, "update": watch_again, "delete": empty},
        "Custom::AmplifyDynamoDBTable": {"create": make_table, "update": change_table, "delete": drop_table},
        **cdk_calls.handlers(),
        **cross_region.handlers(),
    }
    ours = {name: own for name, own in handlers.items() if name not in provisioners._RESOURCE_HANDLERS}
    provisioners._RESOURCE_HANDLERS.update(ours)
    marks = dict.fromkeys(ours, REASON)
    resources.mark(marks)
    provisioners._RESOURCE_HANDLERS.setdefault(CALLOUT, Callout(marks).handlers())


class Callout:
    """A resource whose properties tell what its function would do. `marks` takes those that are done here."""

    def __init__(self, marks):
        self._marks = marks

    def handlers(self):
        return {
            "create": self._create, "update": self._update, "delete": self._delete,
            "update_with_logical_id": True, "delete_with_logical_id": True,
        }

    def _create(self, logical_id, properties, stack):
        attributes = called_out(properties)
        if attributes is None:
            return provisioners._custom_resource_create(logical_id, properties, stack, CALLOUT)
        self._marks[stack, logical_id] = REASON
        return f"{stack}-{logical_id}", attributes

    def _update(self, physical_id, old_properties, properties, stack, logical_id):
        attributes = called_out(properties)
        if attributes is None:
            return provisioners._custom_resource_update(physical_id, old_properties, properties, stack, logical_id, CALLOUT)
        self._marks[stack, logical_id] = REASON
        return physical_id, attributes

    def _delete(self, physical_id, properties, logical_id):
        if not is_known(properties):
            provisioners._custom_resource_delete(physical_id, properties, None, logical_id, CALLOUT)


def is_known(properties):
    return {"idpId", "authRoleName", "unauthRoleName"} <= properties.keys() or {"clientId", "userpoolId"} <= properties.keys()


def called_out(properties):
    """Does what the function would, and returns what it would tell; None where that is not known."""
    if not is_known(properties):
        return None
    if "idpId" in properties:
        for name, kind in (("authRoleName", "authenticated"), ("unauthRoleName", "unauthenticated")):
            trust(properties[name], properties["idpId"], kind)
        return {}
    clients = (cognito._user_pools.get(properties["userpoolId"]) or {}).get("_clients", {})
    return {"appSecret": clients.get(properties["clientId"], {}).get("ClientSecret", "")}


def trust(role, identity_pool, kind):
    """Lets the users of an identity pool take a role."""
    condition = {
        "StringEquals": {f"{USERS}:aud": identity_pool},
        "ForAnyValue:StringLike": {f"{USERS}:amr": kind},
    }
    statement = {
        "Effect": "Allow", "Principal": {"Federated": USERS}, "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
    if role not in iam._roles:
        raise ValueError(f"The role with name {role} cannot be found. (Service: Iam, Status Code: 404)")
    iam._roles[role]["AssumeRolePolicyDocument"] = json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def deploy(_logical_id, properties, _stack):
    put_files(properties)
    return f"aws.cdk.s3deployment.{uuid.uuid4()}", told(properties)


def deploy_again(physical_id, _old_properties, properties, _stack):
    put_files(properties)
    return physical_id, told(properties)


def withdraw(_physical_id, properties):
    if not is_set(properties, "RetainOnDelete", True):
        remove(properties["DestinationBucketName"], prefix_of(properties), set())


def told(properties):
    return {
        "DestinationBucketArn": f"arn:aws:s3:::{properties['DestinationBucketName']}",
        "SourceObjectKeys": properties.get("SourceObjectKeys", []),
    }


def prefix_of(properties):
    prefix = properties.get("DestinationBucketKeyPrefix", "").strip("/")
    return f"{prefix}/" if prefix else ""


def put_files(properties):
    """Puts the files of all sources into the bucket, and removes the others if it is told to."""
    bucket, prefix = properties["DestinationBucketName"], prefix_of(properties)
    markers = properties.get("SourceMarkers", [])
    kept = set()
    sources = zip(properties["SourceBucketNames"], properties["SourceObjectKeys"])
    for number, (source, key) in enumerate(sources):
        content = s3._get_object_data(source, key)
        if content is None:
            raise ValueError(f"The object s3://{source}/{key} does not exist")
        files = {key.rsplit("/", 1)[-1]: content}
        if is_set(properties, "Extract", True):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                files = {entry.filename: archive.read(entry) for entry in archive.infolist() if not entry.is_dir()}
        replaced = markers[number] if number < len(markers) else {}
        for name, body in files.items():
            for marker, value in replaced.items():
                body = body.replace(marker.encode(), str(value).encode())
            kept.add(prefix + name)
            put(bucket, prefix + name, body, properties.get("SystemMetadata", {}))
    if is_set(properties, "Prune", True):
        remove(bucket, prefix, kept)


def put(bucket, key, body, metadata):
    kind = metadata.get("content-type") or mimetypes.guess_type(key)[0] or "binary/octet-stream"
    status, *_ = s3._put_object(bucket, key, body, {**metadata, "content-type": kind})
    if status != 200:
        raise ValueError(f"The object s3://{bucket}/{key} could not be written (Status Code: {status})")


def remove(bucket, prefix, kept):
    objects = (s3._buckets.get(bucket) or {}).get("objects", {})
    for key in [key for key in objects if key.startswith(prefix) and key not in kept]:
        s3._delete_object(bucket, key)


def watch(logical_id, properties, stack):
    return f"{stack}-{logical_id}", {}


def watch_again(physical_id, _old_properties, _properties, _stack):
    return physical_id, {}


def empty(_physical_id, properties):
    """Removes every object and version of a bucket."""
    name = properties["BucketName"]
    bucket = s3._buckets.get(name)
    if bucket is None:
        return
    for owner, key in [place for place in s3._object_versions.keys() if place[0] == name]:
        for version in list(s3._object_versions.get((owner, key)) or []):
            s3._delete_object_version(bucket, name, key, version["version_id"])
    for key in list(bucket.get("objects", {})):
        s3._delete_object(name, key)


def make_table(logical_id, properties, stack):
    physical_id, attributes = provisioners._RESOURCE_HANDLERS[TABLE]["create"](logical_id, of_table(properties), stack)
    return physical_id, table_told(physical_id, attributes)


def change_table(physical_id, old_properties, properties, stack):
    handlers = provisioners._RESOURCE_HANDLERS[TABLE]
    physical_id, attributes = handlers["update"](physical_id, of_table(old_properties), of_table(properties), stack)
    return physical_id, table_told(physical_id, attributes)


def drop_table(physical_id, properties):
    provisioners._RESOURCE_HANDLERS[TABLE]["delete"](physical_id, of_table(properties))


def table_told(physical_id, attributes):
    stream = attributes.get("StreamArn", "")
    return {"TableArn": attributes.get("Arn", ""), "TableStreamArn": stream, "TableName": physical_id}


def of_table(properties):
    """The properties of a table as CloudFormation has them."""
    own = {name: value for name, value in properties.items() if name not in NOT_OF_TABLES}
    return capitals(own)


def capitals(value):
    if isinstance(value, dict):
        return {NAMES.get(name, name[:1].upper() + name[1:]): capitals(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [capitals(inner) for inner in value]
    return value
