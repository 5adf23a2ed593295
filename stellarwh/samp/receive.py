"""A table that another program sends."""

import http.client
import queue
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from stellarwh.errors import ExchangeError
from stellarwh.runtime.folders import temporary_folder
from stellarwh.runtime.listening import note
from stellarwh.runtime.offline import is_loopback
from stellarwh.samp.hub import LOADS, connected, name_of

if TYPE_CHECKING:
    from pyvo.samp import SAMPIntegratedClient

_ENDINGS = {"votable": ".vot", "fits": ".fits"}
# How often an interrupt is looked for (s).
_PATIENCE = 0.2
# How long a program may take to go on with a file that it serves (s).
_STALL = 60.0


@dataclass(frozen=True)
class ReceivedTable:
    """A table that another program sent.

    Parameters
    ----------
    path : Path
        A copy of its file.
    name : str
        What the sender calls the table.
    sender : str
        What the sender calls itself.
    """

    path: Path
    name: str
    sender: str


@dataclass(frozen=True)
class _Message:
    """What the hub passed on; an id asks for an answer."""

    sender: str
    id: str | None
    kind: str | None
    parameters: dict[str, Any]


@contextmanager
def received_table(
    formats: Sequence[str] = tuple(LOADS), *, timeout: float | None = None
) -> Iterator[ReceivedTable]:
    """Wait for a table that another program sends; it is there within the block.

    Parameters
    ----------
    formats : sequence of str
        What is taken: ``votable``, ``fits``.
    timeout : float, optional
        How long to wait (s); by default until it comes.

    Raises
    ------
    ExchangeError
        If there is no hub, none comes in time, or its file is not to be had.
    """
    came: queue.Queue[_Message] = queue.Queue()
    with temporary_folder() as folder:
        with connected("receive") as client:
            _listen(client, formats, came)
            note("Waiting for a table: in TOPCAT 'Interop', 'Send table to'.")
            message = _next(came, timeout)
            table = _taken(client, message, folder)
        yield table


def _listen(
    client: "SAMPIntegratedClient",
    formats: Sequence[str],
    came: "queue.Queue[_Message]",
) -> None:
    """Let messages that bring a table, or the end of the hub, come into a queue."""
    kinds = {LOADS[kind]: kind for kind in formats}

    def take(
        _key: str,
        sender: str,
        message: str | None,
        mtype: str,
        parameters: dict[str, Any],
        _extra: dict[str, Any],
    ) -> None:
        came.put(_Message(sender, message, kinds.get(mtype), parameters))

    client.bind_receive_notification("samp.hub.event.shutdown", take, declare=False)
    for mtype in kinds:
        client.bind_receive_message(mtype, take, declare=False)
    client.declare_subscriptions()


def _next(came: "queue.Queue[_Message]", timeout: float | None) -> _Message:
    """Return the first message; an interrupt ends the wait."""
    begun = time.monotonic()
    while True:
        left = None if timeout is None else begun + timeout - time.monotonic()
        if left is not None and left <= 0:
            raise ExchangeError(f"No table came in {timeout:g} s.")
        with suppress(queue.Empty):
            return came.get(timeout=_PATIENCE if left is None else min(_PATIENCE, left))


def _taken(
    client: "SAMPIntegratedClient", message: _Message, folder: Path
) -> ReceivedTable:
    """Copy the file of a table, and answer who sent it."""
    if message.kind is None:
        raise ExchangeError("The SAMP hub has ended; start it, and try again.")
    sender = name_of(client, message.sender)
    name = str(message.parameters.get("name") or "").strip() or "table"
    stem = re.sub(r"[^A-Za-z0-9.-]+", "_", name).strip("._")[:60] or "table"
    path = folder / f"{stem}{_ENDINGS[message.kind]}"
    try:
        _copy(str(message.parameters.get("url", "")), path)
    except ExchangeError as error:
        if message.id is not None:
            client.ereply(message.id, "samp.error", error={"samp.errortxt": str(error)})
        raise
    if message.id is not None:
        client.ereply(message.id, "samp.ok", result={})
    return ReceivedTable(path, name, sender)


def _copy(url: str, path: Path) -> None:
    """Copy what an address of this machine names."""
    parts = urlsplit(url)
    is_here = is_loopback(parts.hostname or "")
    try:
        if parts.scheme == "file" and (not parts.netloc or is_here):
            shutil.copyfile(unquote(parts.path), path)
        elif parts.scheme == "http" and is_here:
            _copy_served(url, path)
        else:
            raise ExchangeError(
                f"The table is at {url or 'no address'}; only what is on this machine "
                "is taken. Save it to a file, and ingest that."
            )
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise ExchangeError(f"The table at {url} cannot be read: {error}") from None


def _copy_served(url: str, path: Path) -> None:
    """Copy what a program of this machine serves; it leads nowhere else."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(
        parts.hostname or "", parts.port or 80, timeout=_STALL
    )
    try:
        query = f"?{parts.query}" if parts.query else ""
        connection.request("GET", f"{parts.path or '/'}{query}")
        answer = connection.getresponse()
        if answer.status != http.HTTPStatus.OK:
            raise ExchangeError(
                f"The table at {url} cannot be read: {answer.status} {answer.reason}"
            )
        with path.open("wb") as file:
            shutil.copyfileobj(answer, file, 1 << 20)
    finally:
        connection.close()
