"""Who may ask: requests that a page of another site sends are refused."""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stellarwh import __version__

__all__ = ["Guard"]

_HEADERS = {
    b"server": f"stellarwh/{__version__}".encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"content-security-policy": (
        b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        b"connect-src 'self'; form-action 'self'; base-uri 'none'; "
        b"frame-ancestors 'none'"
    ),
}
_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\]")


class Guard:
    """Pass on requests that are meant for this service, and are not too large.

    A page of another site can have a browser ask a service on loopback, under a name of
    its own that it lets point there: that request names the other site as its host.

    Parameters
    ----------
    app : ASGI application
        What answers.
    names : collection of str
        Names of the machine, beside its addresses.
    most_bytes : int
        Of a request.
    """

    def __init__(self, app: ASGIApp, names: Collection[str], most_bytes: int) -> None:
        self._app = app
        self._names = {name.lower() for name in names}
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(Headers(scope=scope))
        if refusal is not None:
            await PlainTextResponse(f"{refusal[0]}\n", refusal[1])(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._most_bytes:
                return {"type": "http.disconnect"}
            return message

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name for name, _ in message["headers"]}
                more = [(k, v) for k, v in _HEADERS.items() if k not in there]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        try:
            await self._app(scope, counted, with_headers)
        finally:
            form = scope.get("state", {}).get("form")
            if form is not None:
                await form.close()

    def _refusal(self, headers: Headers) -> tuple[str, int] | None:
        host = headers.get("host", "")
        name = re.sub(r":\d+$", "", host).lower()
        if not (_ADDRESS.fullmatch(name) or name in self._names):
            return "This service is not known by that name.", 421
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return "Pages of other sites may not ask this service.", 403
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self._most_bytes:
            return f"A request may have {self._most_bytes:,} bytes.", 413
        return None
