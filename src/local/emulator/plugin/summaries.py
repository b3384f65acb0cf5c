"""Summaries of templates. The emulator leaves out what a template says of itself, by which Amplify's tools know their stacks."""

import json

from ministack.services.cloudformation import engine, handlers, helpers

ACTION = "GetTemplateSummary"


def install():
    handlers._ACTION_HANDLERS[ACTION] = with_metadata(handlers._ACTION_HANDLERS[ACTION])


def with_metadata(handle):
    """Wraps the summary of a template that is sent, named by its address, or that of a stack."""

    def handler(parameters):
        status, headers, body = handle(parameters)
        metadata = metadata_of(parameters) if status == 200 else None
        if metadata:
            end = f"</{ACTION}Result>"
            body = body.replace(end.encode(), f"<Metadata>{helpers._esc(json.dumps(metadata))}</Metadata>{end}".encode())
        return status, headers, body

    return handler


def metadata_of(parameters):
    text, _ = helpers._resolve_template(parameters)
    if not text:
        text = (handlers._resolve_stack(helpers._p(parameters, "StackName")) or {}).get("_template_body", "{}")
    return engine._parse_template(text).get("Metadata")
