"""Custom resources whose function fails before it answers. AWS waits for an answer for an hour, and so would the emulator;
here the resource fails at once, and its event says why."""

from ministack.services import lambda_svc
from ministack.services.cloudformation import custom_resource

MEMBERS = {"RequestType", "ResponseURL", "StackId", "LogicalResourceId"}


def install():
    """Looks at the end of every function that a custom resource calls."""
    execute = lambda_svc._execute_function_with_config_scope

    def executing(function, event):
        if not isinstance(event, dict) or not MEMBERS <= event.keys():
            return execute(function, event)
        try:
            result = execute(function, event)
        except Exception as error:
            answer(event, str(error))
            raise
        if isinstance(result, dict) and result.get("error"):
            answer(event, message(result.get("body")))
        return result

    lambda_svc._execute_function_with_config_scope = executing


def answer(event, why):
    """Answers in the place of the function, unless it has answered itself."""
    token = event["ResponseURL"].rsplit("/", 1)[-1]
    with custom_resource._lock:
        entry = custom_resource._pending.get(token)
        if entry is None or entry["event"].is_set():
            return
    custom_resource.deliver_response(token, {"Status": "FAILED", "Reason": f"the function failed without an answer: {why}"})


def message(body):
    """What a function ended with."""
    if isinstance(body, dict):
        return body.get("errorMessage") or str(body)
    return str(body)
