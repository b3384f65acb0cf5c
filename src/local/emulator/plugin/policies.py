"""Condition keys that the emulator resolves otherwise than AWS."""

from ministack.core import iam_evaluator
from ministack.services import iam, s3

BUCKET = "arn:aws:s3:::"
IDENTITY_TAG = "iam:resourcetag/"


def install():
    """Makes `aws:PrincipalArn` of a session the ARN of its role, the account of a bucket that of its owner, and
    `iam:ResourceTag` a tag of the role or user that a call is about."""
    resolve = iam_evaluator._resolve_condition_key

    def resolve_as_aws(key, context):
        if key.lower() == "aws:principalarn" and ":assumed-role/" in context.principal_arn:
            return role_arn(context.principal_arn)
        if key.lower() in ("aws:resourceaccount", "s3:resourceaccount") and context.resource_arn.startswith(BUCKET):
            bucket = context.resource_arn.removeprefix(BUCKET).split("/", 1)[0]
            return s3._bucket_owner_account(bucket) or resolve(key, context)
        if key.lower().startswith(IDENTITY_TAG):
            return tag_of_identity(context.resource_arn, key[len(IDENTITY_TAG):])
        return resolve(key, context)

    iam_evaluator._resolve_condition_key = resolve_as_aws


def role_arn(session_arn):
    """The ARN, path included, of the role that a session belongs to."""
    account = session_arn.split(":")[4]
    name = iam_evaluator._role_name_from_assumed_arn(session_arn)
    role = iam._roles.get_scoped(account, None, name) or {}
    return role.get("Arn") or f"arn:aws:iam::{account}:role/{name}"


def tag_of_identity(arn, tag):
    """The value of a tag of the role or user of an ARN, whatever its account; None when there is none."""
    fields = arn.split(":", 5)
    if len(fields) != 6 or fields[2] != "iam":
        return None
    kind, _, path = fields[5].partition("/")
    stores = {"role": iam._roles, "user": iam._users}
    found = stores[kind].get_scoped(fields[4], None, path.rsplit("/", 1)[-1]) if kind in stores else None
    if not found or found.get("Arn") != arn:
        return None
    # IAM takes the keys of two tags for the same if only their case differs.
    return next((entry["Value"] for entry in found.get("Tags", []) if entry["Key"].lower() == tag.lower()), None)
