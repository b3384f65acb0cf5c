"""S3 where the emulator is laxer or stricter than AWS."""

import functools

from ministack.core import iam_evaluator
from ministack.core.iam_actions import _s3_action, s3_service_context
from ministack.core.responses import get_region, request_scope
from ministack.services import s3
from ministack.services.cloudformation import provisioners


def install():
    """Keeps full buckets from being deleted, and lets bucket policies name roles of other accounts."""
    keep_full_buckets()
    s3._foreign_bucket_allows = allowing_roles(s3._foreign_bucket_allows)


def keep_full_buckets():
    """CloudFormation deletes no bucket that holds anything."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
    delete = handlers["delete"]

    @functools.wraps(delete)
    def delete_if_empty(physical_id, properties):
        bucket = s3._buckets.get(physical_id) or {}
        versions = any(name == physical_id and kept for (name, _), kept in s3._object_versions.items())
        if bucket.get("objects") or versions:
            hint = " You must delete all versions in the bucket." if versions else ""
            raise ValueError(f"The bucket you tried to delete is not empty.{hint} (Service: S3, Status Code: 409)")
        return delete(physical_id, properties)

    provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"] = {**handlers, "delete": delete_if_empty}


def allowing_roles(foreign_bucket_allows):
    """Asks the bucket policy again for the calling role or user; the emulator asks only for its account's root."""

    @functools.wraps(foreign_bucket_allows)
    def allows(owner, bucket, key, method, query, caller, headers=None):
        decision = decision_for_principal(owner, bucket, key, method, query, caller, headers or {})
        if decision == "Deny":
            return False
        return decision == "Allow" or foreign_bucket_allows(owner, bucket, key, method, query, caller, headers)

    return allows


def decision_for_principal(owner, bucket, key, method, query, caller, headers):
    """What the bucket policy says about the principal that calls."""
    policy = s3._bucket_policies.get_scoped(owner, None, bucket)
    principal = iam_evaluator.request_caller_arn(headers, query) if caller else ""
    if not policy or not principal or principal.endswith(":root"):
        return "ImplicitDeny"
    path = f"/{bucket}/{key}" if key else f"/{bucket}"
    fallback = "GetObject" if method in ("GET", "HEAD") else "PutObject"
    action = f"s3:{_s3_action(method, path, query) or fallback}"
    with request_scope(owner, get_region()):
        context = s3_service_context(action, query, path, headers)
    evaluation = iam_evaluator.EvalContext(
        principal_arn=principal,
        principal_type="AssumedRole" if ":assumed-role/" in principal else "User",
        principal_account=caller,
        action=action,
        resource_arn=f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else ""),
        region=get_region(),
        service_context={name.lower(): value for name, value in context.items()},
    )
    return iam_evaluator.evaluate_resource_policy(policy, evaluation).decision
