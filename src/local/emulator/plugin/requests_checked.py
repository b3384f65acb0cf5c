"""CloudFormation requests that AWS refuses and the emulator would accept."""

import contextvars
import re
from urllib.parse import urlparse

import operations
from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.core.router import extract_access_key_id
from ministack.services import cloudformation, iam, s3
from ministack.services.cloudformation import changesets, engine, handlers, helpers

PSEUDO_PARAMETERS = frozenset({
    "AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region", "AWS::StackId",
    "AWS::StackName", "AWS::URLSuffix",
})
ROLE_TAKERS = ("CreateStack", "UpdateStack", "DeleteStack", "CreateChangeSet")
# States in which a stack takes a change set; every other one is refused, whatever the type of the change set.
CHANGEABLE = frozenset({
    "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE",
    "UPDATE_FAILED", "REVIEW_IN_PROGRESS", "DELETE_COMPLETE",
})
VIRTUAL_HOST = re.compile(r"(?P<bucket>[a-z0-9][a-z0-9.-]+)\.s3[.-].*amazonaws\.com")

caller = contextvars.ContextVar("pipectl_caller", default=({}, {}))


def install():
    """Wraps CloudFormation's entry and the functions that check a template."""
    for action in cloudformation._TOKEN_ACTIONS | set(ROLE_TAKERS):
        handlers._ACTION_HANDLERS[action] = checked(action, handlers._ACTION_HANDLERS[action])
    for module in (handlers, changesets):
        module._resolve_parameters = with_parameters_checked(module._resolve_parameters)
        module.validate_template_support = with_references_checked(module.validate_template_support)
    helpers._resolve_document = reading_any_bucket(helpers._resolve_document)
    handle = cloudformation.handle_request

    async def remembering_the_caller(method, path, headers, body, query):
        token = caller.set((headers, query))
        try:
            return await handle(method, path, headers, body, query)
        finally:
            caller.reset(token)

    cloudformation.handle_request = remembering_the_caller


def checked(action, handle):
    """Checks the request token and the role before an operation."""

    def check(parameters):
        token = helpers._p(parameters, "ClientRequestToken")
        if token and action in cloudformation._TOKEN_ACTIONS and is_used(token):
            return helpers._error("TokenAlreadyExistsException", f"ClientRequestToken [{token}] already exists")
        role = helpers._p(parameters, "RoleARN")
        if role and action in ROLE_TAKERS and (refused := refused_role(role)):
            return refused
        if action == "CreateChangeSet" and (refused := refused_state(helpers._p(parameters, "StackName"))):
            return refused
        return handle(parameters)

    return check


def refused_state(name):
    """Refuses a change set for a stack that was never created, or that something else is changing."""
    stack = handlers._resolve_stack(name)
    if stack is None or stack.get("StackStatus") in CHANGEABLE:
        return None
    message = f"Stack:{stack['StackId']} is in {stack['StackStatus']} state and can not be updated."
    return helpers._error("ValidationError", message)


def is_used(token):
    """Whether an operation in this account and region carried the token."""
    return any(event.get("ClientRequestToken") == token
               for events in cloudformation._stack_events.values() for event in events)


def refused_role(role):
    """Refuses a role that the caller may not pass, or that CloudFormation cannot assume."""
    headers, query = caller.get()
    access_key = extract_access_key_id(headers, query)
    account = operations.account_of(access_key) if access_key else None
    if account is not None:
        context = {"iam:PassedToService": "cloudformation.amazonaws.com"}
        try:
            operations.check(access_key, account, "iam:PassRole", role, get_region(), context)
        except operations.Refusal as refusal:
            return helpers._error("AccessDenied", str(refusal), 403)
    fields = role.split(":", 5)
    stored = iam._roles.get_scoped(fields[4], None, role.rsplit("/", 1)[-1]) if len(fields) == 6 else None
    evaluation = iam_evaluator.EvalContext(
        principal_arn="cloudformation.amazonaws.com", principal_type="Service", principal_account=get_account_id(),
        action="sts:AssumeRole", resource_arn=role, region=get_region(),
        service_context={"aws:sourceaccount": get_account_id()},
    )
    trusted = stored is not None and stored.get("Arn") == role and operations.trusts(
        stored.get("AssumeRolePolicyDocument"), "cloudformation.amazonaws.com", evaluation)
    return None if trusted else helpers._error("ValidationError", f"Role {role} is invalid or cannot be assumed")


def with_parameters_checked(resolve):
    """Refuses missing and unknown parameters as AWS words it."""

    def check(template, provided, previous=None):
        declared = template.get("Parameters") or {}
        given = {entry["Key"] for entry in provided if "Key" in entry}
        unknown = sorted(given - set(declared))
        if unknown:
            raise ValueError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
        missing = [name for name, parameter in declared.items() if name not in given and "Default" not in parameter]
        if missing:
            raise ValueError(f"Parameters: [{', '.join(missing)}] must have values")
        return resolve(template, provided, previous)

    return check


def with_references_checked(validate):
    """Refuses references to what the template does not declare."""

    def check(template, conditions, params=None):
        validate(template, conditions, params=params)
        resources = template.get("Resources") or {}
        known = set(template.get("Parameters") or {}) | set(resources) | PSEUDO_PARAMETERS
        for section in ("Resources", "Outputs"):
            unresolved = []
            for definition in (template.get(section) or {}).values():
                for name, attribute in engine._intrinsic_references(definition):
                    if attribute is not None and name not in resources:
                        raise ValueError("Template error: instance of Fn::GetAtt references undefined resource " + name)
                    if name not in known:
                        unresolved.append(name)
                depends_on = definition.get("DependsOn", []) if isinstance(definition, dict) else []
                unresolved += [name for name in operations.as_list(depends_on) if name not in resources]
            if unresolved:
                names = ", ".join(sorted(set(unresolved)))
                raise ValueError(f"Template format error: Unresolved resource dependencies [{names}] in the {section} "
                                 "block of the template")

    return check


def reading_any_bucket(resolve_document):
    """Reads templates by virtual-host addresses too, and from other accounts' buckets that the caller may read."""

    def resolve(parameters, body_key, url_key, label):
        url = helpers._p(parameters, url_key)
        if helpers._p(parameters, body_key) or not url:
            return resolve_document(parameters, body_key, url_key, label)
        parsed = urlparse(url)
        virtual = VIRTUAL_HOST.fullmatch(parsed.hostname or "")
        path = f"/{virtual['bucket']}{parsed.path}" if virtual else parsed.path
        bucket, _, key = path.lstrip("/").partition("/")
        owner = s3._bucket_owner_account(bucket)
        if owner is not None and owner != get_account_id():
            headers, query = caller.get()
            if not s3._foreign_bucket_allows(owner, bucket, key, "GET", {}, get_account_id(), headers):
                return None, helpers._error("ValidationError", f"S3 error: Access Denied for {url}")
        with request_scope(owner or get_account_id(), get_region()):
            return resolve_document({**parameters, url_key: [f"{parsed.scheme}://s3{path}"]}, body_key, url_key, label)

    return resolve
