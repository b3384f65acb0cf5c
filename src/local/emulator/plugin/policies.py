"""Condition keys that the emulator resolves otherwise than AWS."""

from ministack.core import iam_evaluator
from ministack.services import iam, s3

BUCKET = "arn:aws:s3:::"


def install():
    """Makes `aws:PrincipalArn` of a session the ARN of its role, and the account of a bucket that of its owner."""
    resolve = iam_evaluator._resolve_condition_key

    def resolve_as_aws(key, context):
        if key.lower() == "aws:principalarn" and ":assumed-role/" in context.principal_arn:
            return role_arn(context.principal_arn)
        if key.lower() in ("aws:resourceaccount", "s3:resourceaccount") and context.resource_arn.startswith(BUCKET):
            bucket = context.resource_arn.removeprefix(BUCKET).split("/", 1)[0]
            return s3._bucket_owner_account(bucket) or resolve(key, context)
        return resolve(key, context)

    iam_evaluator._resolve_condition_key = resolve_as_aws


def role_arn(session_arn):
    """The ARN, path included, of the role that a session belongs to."""
    account = session_arn.split(":")[4]
    name = iam_evaluator._role_name_from_assumed_arn(session_arn)
    role = iam._roles.get_scoped(account, None, name) or {}
    return role.get("Arn") or f"arn:aws:iam::{account}:role/{name}"
