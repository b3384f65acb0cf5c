"""The gate before the emulator: only the front comes in, and it may ask the plugin's own operations."""

import hmac
import json

import operations

TOKEN_HEADER = b"x-pipectl-token"
OPERATIONS_PREFIX = "/_pipectl/"
# Handlers of custom resources and instances answer here; the paths hold a secret of their own.
OPEN_PATHS = ("/_ministack/cfn-response/", "/_ministack/cfn-signal/")
READING_METHODS = ("GET", "HEAD", "OPTIONS")


class Changes:
    """Whether anything may have changed since the last look."""

    def __init__(self):
        self._changed = False

    def note(self):
        self._changed = True

    def take(self):
        changed, self._changed = self._changed, False
        return changed


class Gate:
    """An ASGI application around the emulator's."""

    def __init__(self, emulator, token, changes):
        self._emulator = emulator
        self._token = token.encode()
        self._changes = changes

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            await self._emulator(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        elif not self._may_enter(scope):
            await answer(send, 403, {"code": "AccessDenied", "message": "only pipectl's front may call the emulator"})
        elif scope["path"].startswith(OPERATIONS_PREFIX):
            await self._operate(scope["path"][len(OPERATIONS_PREFIX):], receive, send)
        else:
            if scope["method"] not in READING_METHODS:
                self._changes.note()
            headers = [(name, value) for name, value in scope["headers"] if name.lower() != TOKEN_HEADER]
            await self._emulator({**scope, "headers": headers}, receive, send)

    def _may_enter(self, scope):
        if scope["method"] == "PUT" and scope["path"].startswith(OPEN_PATHS):
            return True
        given = next((value for name, value in scope["headers"] if name.lower() == TOKEN_HEADER), b"")
        return hmac.compare_digest(given, self._token)

    async def _operate(self, name, receive, send):
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        operation = operations.OPERATIONS.get(name)
        if operation is None:
            await answer(send, 404, {"code": "UnknownOperation", "message": name})
            return
        try:
            await answer(send, 200, operation(json.loads(body)))
        except operations.Refusal as refusal:
            await answer(send, 400, {"code": refusal.code, "message": str(refusal)})


async def answer(send, status, value):
    """Sends a JSON answer."""
    body = json.dumps(value).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
