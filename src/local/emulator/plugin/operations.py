"""What the front asks from inside the emulator: who a key belongs to, what it may do, sessions for service roles."""

import json
import secrets
import time

from ministack.core import iam_evaluator
from ministack.core.responses import request_scope
from ministack.services import iam, sts

# Longer than the longest build, so that no caller has to refresh.
SESSION_SECONDS = 12 * 3600
DEFAULT_REGION = "us-east-1"


class Refusal(Exception):
    """A refusal in a service's own words."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def health(_question):
    """Answers when the emulator does."""
    return {"healthy": True}


def credential(question):
    """Looks up what an access key's signature is checked with; None for keys that the emulator does not know.

    The keys that the emulator accepts without a signature (`test`, account ids) are not known here on purpose.
    """
    access_key = question["access_key"]
    account = account_of(access_key)
    if account is None:
        return None
    found = iam_evaluator.resolve_credential(access_key, account)
    if isinstance(found, iam_evaluator.CredentialResolutionError):
        return None
    return {
        "secret": found.secret_access_key,
        "session_token": found.session_token,
        "account": found.account_id,
        "arn": found.principal_arn,
    }


def account_of(access_key):
    """The account that an access key belongs to, for users' keys and sessions."""
    session = sts._sessions.get(access_key)
    if session is not None:
        # Those of functions tell it by their ARN alone.
        return session.get("AccountId") or iam_evaluator._account_from_arn(session.get("Arn", ""))
    return iam_evaluator.find_iam_access_key_account(access_key)


def root(question):
    """Registers an access key as an account's root: a session without end, so its signature is checked."""
    account = question["account"]
    sts.register_session(question["access_key"], {
        "Arn": f"arn:aws:iam::{account}:root",
        "UserId": account,
        "AccountId": account,
        "SecretAccessKey": question["secret"],
        "PrincipalType": "Root",
    })


def authorize(question):
    """Checks a right; a refusal reads as AWS writes it."""
    access_key, region = question["access_key"], question["region"]
    account = account_of(access_key)
    if account is None:
        raise Refusal("UnrecognizedClientException", "The security token included in the request is invalid.")
    with request_scope(account, region):
        check(access_key, account, question["action"], question["resource"], region, question["context"])


def check(access_key, account, action, resource, region, context):
    """Raises a refusal unless the key's principal may do `action` on `resource`."""
    principal = iam_evaluator.resolve_principal(access_key, account)
    if isinstance(principal, iam_evaluator.AuthError):
        raise Refusal(principal.code, principal.message)
    if principal.policies is None:
        return
    evaluation = iam_evaluator.EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=action,
        resource_arn=resource,
        region=region,
        service_context={key.lower(): value for key, value in context.items()},
        principal_keys=principal.keys,
    )
    result = iam_evaluator.evaluate(evaluation, principal.policies, *principal.limits)
    if result.decision != "Allow":
        reason = (
            "with an explicit deny in an identity-based policy"
            if result.decision == "Deny"
            else f"because no identity-based policy allows the {action} action"
        )
        raise Refusal(
            "AccessDeniedException",
            f"User: {principal.arn} is not authorized to perform: {action} on resource: {resource} {reason}",
        )


def session(question):
    """Makes a session of a role for a service, if the role's trust policy lets that service assume it."""
    role_arn, service = question["role_arn"], question["service"]
    denied = Refusal("AccessDenied", f"{service} is not authorized to perform AssumeRole on role {role_arn}")
    fields = role_arn.split(":", 5)
    if len(fields) != 6 or not fields[5].startswith("role/"):
        raise denied
    account, name = fields[4], fields[5].rsplit("/", 1)[-1]
    role = iam._roles.get_scoped(account, None, name)
    if role is None or role.get("Arn", role_arn) != role_arn:
        raise denied
    context = iam_evaluator.EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account=account,
        action="sts:AssumeRole",
        resource_arn=role_arn,
        region=DEFAULT_REGION,
        service_context={
            "aws:sourceaccount": question["source_account"],
            "aws:sourcearn": question["source_arn"],
            "aws:principalisawsservice": "true",
            "aws:principalservicename": service,
        },
    )
    if not trusts(role.get("AssumeRolePolicyDocument"), service, context):
        raise denied
    return make_session(account, name, role, question["session_name"], question.get("policy"))


def trusts(document, service, context):
    """Whether a trust policy lets a service assume its role; a deny wins."""
    document = json.loads(document) if isinstance(document, str) else document or {}
    statements = document.get("Statement", [])
    allowed = False
    for statement in [statements] if isinstance(statements, dict) else statements:
        principal = statement.get("Principal", {})
        if principal != "*" and not iam_evaluator._service_principal_matches(principal, service):
            continue
        actions, not_actions = as_list(statement.get("Action")), as_list(statement.get("NotAction"))
        if not iam_evaluator._action_matches("sts:AssumeRole", actions, not_actions):
            continue
        if not iam_evaluator._conditions_met(statement.get("Condition", {}), context):
            continue
        if statement.get("Effect") == "Deny":
            return False
        allowed = True
    return allowed


def as_list(value):
    """A policy's value that may be one or many."""
    return [value] if isinstance(value, str) else list(value or [])


def make_session(account, name, role, session_name, policy):
    """Registers a role's session and returns its credentials."""
    access_key = "ASIA" + "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(16))
    secret, token = secrets.token_urlsafe(30), secrets.token_urlsafe(120)
    made = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}",
        "UserId": f"{role.get('RoleId', 'AROA')}:{session_name}",
        "AccountId": account,
        "SecretAccessKey": secret,
        "SessionToken": token,
        "Expiration": time.time() + SESSION_SECONDS,
        "PrincipalType": "AssumedRole",
    }
    if policy is not None:
        made["SessionPolicies"] = {"Policy": policy, "PolicyArns": []}
    sts.register_session(access_key, made)
    return {"access_key": access_key, "secret": secret, "session_token": token}


OPERATIONS = {
    "health": health,
    "credential": credential,
    "root": root,
    "authorize": authorize,
    "session": session,
}
