"""The topics that are told of a stack's events. The emulator does not keep them: here they are kept, but nobody is told."""

import contextvars

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, handlers, helpers

MEMBER = "NotificationARNs"

# What the request under way wants; None where it leaves the topics as they are.
wanted = contextvars.ContextVar("pipectl_notification_targets", default=None)


def install():
    """Keeps the topics of requests that name some, and shows them."""
    actions = handlers._ACTION_HANDLERS
    for action in ("CreateStack", "UpdateStack"):
        actions[action] = keeping(actions[action], stack_of)
    actions["CreateChangeSet"] = keeping(actions["CreateChangeSet"], change_set_of)
    actions["ExecuteChangeSet"] = executing(actions["ExecuteChangeSet"])
    actions["DescribeStacks"] = showing(actions["DescribeStacks"])
    handlers._stack_has_no_updates = with_topics_compared(handlers._stack_has_no_updates)


def keeping(handle, record_of):
    """Wraps an operation whose request may name topics."""

    def handler(parameters):
        topics = helpers._extract_string_members(parameters, MEMBER)
        topics = topics if topics or MEMBER in parameters else None
        token = wanted.set(topics)
        try:
            answer = handle(parameters)
        finally:
            wanted.reset(token)
        if topics is not None and answer[0] == 200:
            record_of(parameters)[MEMBER] = topics
        return answer

    return handler


def stack_of(parameters):
    return handlers._resolve_stack(helpers._p(parameters, "StackName"))


def change_set_of(parameters):
    stack = stack_of(parameters) or {"StackName": ""}
    return changesets._find_change_set(helpers._p(parameters, "ChangeSetName"), stack["StackName"])[1]


def executing(handle):
    """Wraps the execution of change sets: their topics become the stack's."""

    def handler(parameters):
        change_set = change_set_of(parameters) or {}
        answer = handle(parameters)
        if MEMBER in change_set and answer[0] == 200:
            cloudformation._stacks[change_set["StackName"]][MEMBER] = change_set[MEMBER]
        return answer

    return handler


def with_topics_compared(has_no_updates):
    """An update of nothing but the topics is one; to a change set it is none."""

    def compare(stack, *rest, **named):
        topics = wanted.get()
        is_same = topics is None or sorted(topics) == sorted(stack.get(MEMBER, []))
        return is_same and has_no_updates(stack, *rest, **named)

    return compare


def showing(handle):
    """Wraps the description of stacks."""

    def handler(parameters):
        status, headers, body = handle(parameters)
        for stack in cloudformation._stacks.values():
            if topics := stack.get(MEMBER):
                identity = f"<StackId>{helpers._esc(stack['StackId'])}</StackId>"
                members = "".join(f"<member>{helpers._esc(topic)}</member>" for topic in topics)
                body = body.replace(identity.encode(), f"{identity}<{MEMBER}>{members}</{MEMBER}>".encode())
        return status, headers, body

    return handler
