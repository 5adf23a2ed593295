"""A web server on loopback that serves one file and misbehaves as told."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from stellarwh.surveys.description import PublishedFile

MOST_REQUESTS = 100  # a client that asks more often than this is broken


@dataclass
class Site:
    """What is served, how, and who asked for it."""

    content: bytes
    etag: str | None = '"one"'
    last_modified: str | None = None
    has_ranges: bool = True
    obeys_if_range: bool = True
    # Each request takes the first left; after the last the site behaves.
    mischief: list[Callable[["Handler"], None]] = field(default_factory=list)
    always: Callable[["Handler"], None] | None = None
    requests: list[dict[str, str]] = field(default_factory=list)
    base: str = ""
    released: threading.Event = field(default_factory=threading.Event)

    def file(self, **known: object) -> PublishedFile:
        values = {"name": "stars.fits", "url": f"{self.base}/stars", "known": "read"}
        return PublishedFile(**{**values, **known})  # type: ignore[arg-type]


class Handler(BaseHTTPRequestHandler):
    site: Site
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.close_connection = True
        self.site.requests.append({"path": self.path, **dict(self.headers.items())})
        if len(self.site.requests) > MOST_REQUESTS:
            self.fail(410)
        elif self.site.always:
            self.site.always(self)
        elif self.site.mischief:
            self.site.mischief.pop(0)(self)
        else:
            self.behave()

    def fail(self, status: int, **headers: str) -> None:
        self.head(status, {"Content-Length": "0", **headers})

    def head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def wanted_start(self) -> int:
        """Return the first byte to send: that of Range where it must be obeyed."""
        site = self.site
        found = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
        if not found or not site.has_ranges:
            return 0
        condition = self.headers["If-Range"]
        current = (site.etag, site.last_modified)
        if condition and site.obeys_if_range and condition not in current:
            return 0
        return int(found[1])

    def validators(self) -> dict[str, str]:
        pairs = {"ETag": self.site.etag, "Last-Modified": self.site.last_modified}
        return {name: value for name, value in pairs.items() if value}

    def behave(self, stop: int | None = None, *, at_most: int | None = None) -> None:
        """Answer well, but end after ``stop`` bytes of the file's body."""
        content = self.site.content
        start = self.wanted_start()
        if start >= len(content):
            return self.fail(416, Content_Range=f"bytes */{len(content)}")
        end = min(len(content), start + at_most) if at_most else len(content)
        headers = {"Content-Length": str(end - start), **self.validators()}
        is_partial = self.site.has_ranges and (start > 0 or at_most is not None)
        if is_partial:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(content)}"
        self.head(206 if is_partial else 200, headers)
        self.wfile.write(content[start : end if stop is None else min(end, stop)])
        self.wfile.flush()
        return None


def cut(stop: int) -> Callable[[Handler], None]:
    """End the connection when the byte ``stop`` of the file is reached."""
    return lambda handler: handler.behave(stop)


def reset(stop: int) -> Callable[[Handler], None]:
    """Break the connection the hard way."""

    def act(handler: Handler) -> None:
        handler.behave(stop)
        linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        handler.connection.close()

    return act


def stall(stop: int) -> Callable[[Handler], None]:
    """Send nothing after the byte ``stop`` until the test is over."""

    def act(handler: Handler) -> None:
        handler.behave(stop)
        handler.site.released.wait(20)

    return act


def answer(status: int, **headers: str) -> Callable[[Handler], None]:
    return lambda handler: handler.fail(status, **headers)


@contextmanager
def serve(content: bytes) -> Iterator[Site]:
    site = Site(content)
    handler = type("BoundHandler", (Handler,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # broken pipes
    site.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}
    )
    thread.start()
    try:
        yield site
    finally:
        site.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
