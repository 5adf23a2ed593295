"""Nothing is fetched: the network is out of reach for all that reads files.

Catalogue files, and a warehouse from somebody else, may name addresses. Only
`stellarwh download` is there to fetch; nothing else may, whichever library is at work.
"""

import re
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from stellarwh.errors import InputFileError, StellarwhError

# Audit events of Python's own; a drive letter of Windows is no scheme.
_NETWORK = (
    "socket.connect",
    "socket.sendto",
    "socket.sendmsg",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.gethostbyaddr",
    "urllib.Request",
    "ftplib.connect",
    "http.client.connect",
)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/{1,2}(?=[^/])|file:/")
_offline: ContextVar[bool] = ContextVar("offline", default=False)
_processes: list[object] = []  # one of each block that holds for the whole process
_hooked = threading.Event()


@contextmanager
def no_network(*, everywhere: bool = False) -> Iterator[None]:
    """Refuse every connection that would be made within the block.

    Parameters
    ----------
    everywhere : bool
        In whatever thread; else only here, and in threads that run in a copy of this
        context.
    """
    if not _hooked.is_set():
        _hooked.set()
        sys.addaudithook(_refuse)
    token = _offline.set(True)
    mark = object()
    if everywhere:
        _processes.append(mark)
    try:
        yield
    finally:
        _offline.reset(token)
        if everywhere:
            _processes.remove(mark)


def _refuse(event: str, arguments: Any) -> None:
    if event not in _NETWORK or not (_processes or _offline.get()):
        return
    # Processes of one machine talk through these.
    family = getattr(arguments[0], "family", None) if arguments else None
    if family is not None and family == getattr(socket, "AF_UNIX", None):
        return
    raise InputFileError(
        "Something refers to an address; nothing is fetched but by "
        "'stellarwh download'."
    )


def check_local(
    path: Path, error: type[StellarwhError] = InputFileError, hint: str = ""
) -> None:
    """Refuse the address of something elsewhere, given as the path of a file.

    Parameters
    ----------
    path : Path
        As the user wrote it; a path has one slash less than an address.
    error : type
        Of what is raised.
    hint : str
        What to do.
    """
    found = _ADDRESS.match(str(path))
    if found is None or path.exists():
        return
    address = str(path).replace(":/", "://", 1) if "://" not in str(path) else path
    raise error(
        f"{address} is an address, not a file here; nothing is fetched. "
        + (
            hint
            or "Fetch it first ('stellarwh download SURVEY' for the published files), "
            "then name the file."
        )
    )
