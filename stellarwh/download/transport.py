"""HTTP as it is: every way an answer can fail is a reason to try again or to stop."""

import http.client
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from stellarwh import __version__
from stellarwh.download.partial import Version
from stellarwh.errors import DownloadError

MAX_REDIRECTS = 5
# A server that sends less for as long as the timeout has stalled.
_SLOWEST = 100  # bytes per second
_CHUNK = 1 << 20
_INSECURE = "it redirects to {!r:.200}, not to https"
_TRY_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_NUMBER = r"\d{1,18}"
_CONTENT_RANGE = re.compile(rf"bytes (?:({_NUMBER})-({_NUMBER})|\*)/({_NUMBER}|\*)")


class RefusedError(DownloadError):
    """The address will not give the file, however often it is asked."""


class BrokenTransferError(DownloadError):
    """The transfer ended early; another attempt may succeed.

    Parameters
    ----------
    message : str
        What happened.
    wait : float, optional
        Seconds the server asks to wait; None leaves it to the caller.
    """

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class RangeRefusedError(DownloadError):
    """The file has no bytes where a resume would begin (status 416).

    Parameters
    ----------
    total : int or None
        Size of the whole file in bytes, where the server says it.
    """

    def __init__(self, total: int | None) -> None:
        super().__init__("The server has nothing beyond the part that is kept.")
        self.total = total


class _Redirects(HTTPRedirectHandler):
    max_redirections = MAX_REDIRECTS
    max_repeats = 2

    def redirect_request(
        self,
        req: Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> Request | None:
        """Follow within HTTP, never from https to a connection anyone can alter."""
        scheme = urlsplit(newurl).scheme
        if scheme not in ("http", "https") or (
            req.type == "https" and scheme == "http"
        ):
            raise RefusedError(_INSECURE.format(newurl))
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def open_url(
    url: str, headers: Mapping[str, str], timeout: float
) -> http.client.HTTPResponse:
    """Ask for ``url`` and return its answer, of status 200 or 206.

    Parameters
    ----------
    url : str
        An http or https address.
    headers : mapping
        Request headers beyond the fixed ones.
    timeout : float
        Seconds without a byte after which the connection has stalled.

    Raises
    ------
    RefusedError, BrokenTransferError, RangeRefusedError
        If the answer is any other.
    """
    # http.client adds "Accept-Encoding: identity" by itself.
    request = Request(
        url, headers={"User-Agent": f"stellarwh/{__version__}", **headers}
    )
    try:
        response: http.client.HTTPResponse = build_opener(_Redirects).open(
            request, timeout=timeout
        )
    except HTTPError as error:
        with error:
            raise _failure_of_status(error) from None
    except (URLError, OSError, http.client.HTTPException, ValueError) as error:
        raise _failure_of_connection(error) from None
    if response.status not in (200, 206):
        with response:
            raise RefusedError(_answer(response.status))
    return response


def read_body(
    response: http.client.HTTPResponse, length: int | None, timeout: float
) -> Iterator[bytes]:
    """Yield the body as it arrives, never more than ``length`` bytes of it.

    Raises
    ------
    BrokenTransferError
        If it ends before ``length`` bytes, or stalls.
    """
    read = in_window = 0
    window = time.monotonic()
    while length is None or read < length:
        wanted = _CHUNK if length is None else min(_CHUNK, length - read)
        try:
            data = response.read1(wanted)
        except (OSError, http.client.HTTPException) as error:
            raise _failure_of_connection(error) from None
        if not data:
            break
        read += len(data)
        in_window += len(data)
        yield data
        if time.monotonic() - window > timeout:
            if in_window < _SLOWEST * timeout:
                raise BrokenTransferError(f"it sent {in_window} bytes in {timeout:g} s")
            in_window, window = 0, time.monotonic()
    if length is not None and read < length:
        raise BrokenTransferError(f"it ended {length - read:,} bytes too early")


def version_of(
    response: http.client.HTTPResponse, url: str, size: int | None
) -> Version:
    """Return what the answer says of the file; ``size`` is that of all of it."""
    return Version(
        url, response.headers["ETag"], response.headers["Last-Modified"], size
    )


def announced_length(response: http.client.HTTPResponse) -> int | None:
    """Return the length of the body in bytes, where the answer says it."""
    text = response.headers["Content-Length"]
    is_chunked = response.headers["Transfer-Encoding"] is not None
    is_number = text is not None and re.fullmatch(_NUMBER, text) is not None
    return int(text) if is_number and not is_chunked else None


def content_range(headers: Message) -> tuple[int, int, int | None] | None:
    """Return first byte, last byte and size of the file; None if not said."""
    found = _CONTENT_RANGE.fullmatch(headers["Content-Range"] or "")
    if found is None or found[1] is None:
        return None
    return int(found[1]), int(found[2]), None if found[3] == "*" else int(found[3])


def retry_after(headers: Message) -> float | None:
    """Return the seconds that Retry-After asks for, a number or a date."""
    text = (headers["Retry-After"] or "").strip()
    if text.isdecimal():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())


def _answer(status: int) -> str:
    """Name a status; the server's own words could be anything."""
    return f"it answers {status} {http.client.responses.get(status, '')}".rstrip()


def _failure_of_status(error: HTTPError) -> DownloadError:
    said = _answer(error.code)
    if error.code == 416:
        found = _CONTENT_RANGE.fullmatch(error.headers["Content-Range"] or "")
        has_total = found is not None and found[3] != "*"
        return RangeRefusedError(int(found[3]) if found and has_total else None)
    if error.code in _TRY_AGAIN:
        return BrokenTransferError(said, retry_after(error.headers))
    if 300 <= error.code < 400:
        location = error.headers["Location"] or error.headers["URI"]
        if not location:
            return RefusedError(f"{said} without an address")
        if urlsplit(location).scheme not in ("http", "https", ""):
            return RefusedError(_INSECURE.format(location))
        return RefusedError(
            f"it redirects more than {MAX_REDIRECTS} times or in a circle"
        )
    return RefusedError(said)


def _failure_of_connection(error: Exception) -> DownloadError:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, TimeoutError):
        return BrokenTransferError("it stalled: no byte arrived in time")
    if isinstance(reason, ssl.SSLCertVerificationError):
        return RefusedError(f"its certificate is not valid ({reason.verify_message})")
    if isinstance(reason, http.client.InvalidURL | ValueError):
        return RefusedError(f"it leads to a wrong address ({reason})")
    if isinstance(reason, http.client.IncompleteRead):
        return BrokenTransferError("it ended too early")
    text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    # What the server sent may be part of it.
    text = "".join(c if c.isprintable() else "?" for c in text[:200])
    return BrokenTransferError(f"the connection failed ({text})")
