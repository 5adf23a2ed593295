"""One transfer: an address or its mirror, in as many goes as it takes."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from stellarwh.download.partial import Partial, Version, size_text
from stellarwh.download.published import HEAD, check_space, wrong_size, wrong_start
from stellarwh.download.transport import (
    BrokenTransferError,
    RangeRefusedError,
    RefusedError,
    announced_length,
    content_range,
    open_url,
    read_body,
    version_of,
)
from stellarwh.errors import DownloadError
from stellarwh.surveys.description import PublishedFile

# A part that grew by this much is worth going on with, however often it broke before.
_REAL_PROGRESS = 1 << 20


@dataclass(frozen=True)
class Patience:
    """How long to bear with a server."""

    attempts: int = 6  # in a row without real progress
    timeout: float = 60.0  # seconds without a byte
    longest_wait: float = 300.0  # seconds a server may ask for
    sleep: Callable[[float], None] = time.sleep


def _ignore(_: object) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Listener:
    """Who is told what goes on; nobody by default."""

    expect: Callable[[int | None], None] = _ignore  # bytes there are in all
    advance: Callable[[int], None] = _ignore  # bytes arrived, or, below 0, dropped
    tell: Callable[[str], None] = _ignore  # a sentence for the user


class Transfer:
    """One download under way, until every byte is in the part."""

    def __init__(
        self, file: PublishedFile, part: Partial, patience: Patience, listener: Listener
    ) -> None:
        self.file = file
        self.part = part
        self.patience = patience
        self.listener = listener

    def run(self) -> None:
        """Fill the part from the address, or else from the mirror."""
        size = self.file.size or self.file.size_about
        check_space(self.part.target, size)
        self.listener.expect(size)
        self.listener.advance(self.part.length)
        if not self._is_complete():
            self._fetch()

    def _fetch(self) -> None:
        reasons = []
        for url in filter(None, (self.file.url, self.file.mirror)):
            try:
                self._fetch_from(url)
                return
            except RefusedError as error:
                reasons.append(f"{url}: {error}")
            except BrokenTransferError as error:
                reasons.append(f"{url}: {error}")
                # The mirror's copy may be another version: only a published SHA-1
                # would tell, and what is kept would have to go.
                if self.part.length and self.file.sha1 is None:
                    break
            if len(reasons) == 1 and self.file.mirror:
                self.listener.tell(f"{reasons[0]}. Trying the mirror.")
        kept = ""
        if self.part.length:
            kept = f" {size_text(self.part.length)} are kept in {self.part.path}; "
            kept += (
                "the same command goes on from there."
                if self._range_headers(self.file.url)
                else "no version was named with them, so another go starts anew."
            )
        raise DownloadError(
            f"{self.file.name} cannot be fetched. {'; '.join(reasons)}.{kept}"
        )

    def _is_complete(self) -> bool:
        version = self.part.version
        return version is not None and 0 < self.part.length == version.size

    def _fetch_from(self, url: str) -> None:
        failures, furthest = 0, self.part.length
        while True:
            try:
                self._attempt(url)
                return
            except BrokenTransferError as error:
                if self.part.length >= furthest + _REAL_PROGRESS:
                    failures, furthest = 0, self.part.length
                failures += 1
                wait = min(2.0 ** (failures - 1), 30.0)
                if error.wait is not None:
                    wait = error.wait
                if wait > self.patience.longest_wait:
                    raise BrokenTransferError(
                        f"{error} and asks to come back in {wait:,.0f} s"
                    ) from None
                if failures >= self.patience.attempts:
                    raise BrokenTransferError(f"{error} ({failures} times)") from None
                if wait > 0:
                    self.listener.tell(f"{url}: {error}. Trying again in {wait:g} s.")
                self.patience.sleep(wait)

    def _attempt(self, url: str) -> None:
        """Ask once for what is missing and keep all that comes."""
        headers = self._range_headers(url)
        try:
            response = open_url(url, headers, self.patience.timeout)
        except RangeRefusedError as error:
            if headers and error.total == self.part.length:
                return
            self._forget()
            raise BrokenTransferError("it has changed since the last go", 0) from None
        with response:
            if response.status == 206:
                span = content_range(response.headers)
                length = self._continue(span, version_of(response, url, None))
                total = span[2] if span else None
                chunks = read_body(response, length, self.patience.timeout)
            else:
                total = announced_length(response)
                body = read_body(response, total, self.patience.timeout)
                chunks = self._begin(body, version_of(response, url, total))
            for data in chunks:
                self.part.append(data)
                self.listener.advance(len(data))
        if total is not None and self.part.length < total:
            raise BrokenTransferError("it sent less than was asked for")

    def _range_headers(self, url: str) -> dict[str, str]:
        """Return the headers of a resume; none where only a new start is safe."""
        version = self.part.version
        if self.part.length == 0 or version is None:
            return {}
        headers = {"Range": f"bytes={self.part.length}-"}
        if version.url == url and version.validator:
            headers["If-Range"] = version.validator
        elif self.file.sha1 is None:
            return {}
        return headers

    def _continue(self, span: tuple[int, int, int | None] | None, now: Version) -> int:
        """Check that an answer of status 206 is what follows; return its length."""
        kept = self.part.version
        if span is not None and kept is not None:
            start, end, total = span
            now = replace(now, size=total)
            follows = start == self.part.length and start <= end
            if follows and now.may_be(kept):
                return end - start + 1
        self._forget()
        raise BrokenTransferError("it has changed since the last go", 0)

    def _begin(self, chunks: Iterator[bytes], version: Version) -> Iterator[bytes]:
        """Check the beginning of the whole file, then drop what was kept."""
        if version.size is not None:
            problem = wrong_size(self.file, version.size)
            if problem:
                raise RefusedError(f"it offers {problem}")
            check_space(self.part.target, version.size)
            self.listener.expect(version.size)
        head = b""
        for data in chunks:
            head += data
            if len(head) >= HEAD:
                break
        problem = wrong_start(self.file, head)
        if problem:
            raise RefusedError(f"it sends {problem}")
        if self.part.length:
            self.listener.tell("The server begins again with the first byte.")
        self._forget()
        self.part.restart(version)
        yield head
        yield from chunks

    def _forget(self) -> None:
        self.listener.advance(-self.part.length)
        self.part.forget()
