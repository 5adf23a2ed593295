"""Nothing is fetched: the network is out of reach for all that reads files.

Catalogue files, and a warehouse from somebody else, may name addresses. Only
`stellarwh download` is there to fetch; nothing else may, whichever library is at work.
What talks to other programs of this machine reaches those, and nothing beyond it.
"""

import ipaddress
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


class _Block:
    """A block that refuses connections, perhaps but those within this machine."""

    def __init__(self, *, loopback: bool) -> None:
        self.loopback = loopback


_offline: ContextVar[tuple[_Block, ...]] = ContextVar("offline", default=())
_processes: list[_Block] = []  # those that hold for the whole process
_hooked = threading.Event()


@contextmanager
def no_network(*, everywhere: bool = False, loopback: bool = False) -> Iterator[None]:
    """Refuse every connection that would be made within the block.

    Parameters
    ----------
    everywhere : bool
        In whatever thread; else only here, and in threads that run in a copy of this
        context.
    loopback : bool
        Let through what reaches programs of this machine by its loopback address.
    """
    if not _hooked.is_set():
        _hooked.set()
        sys.addaudithook(_refuse)
    mark = _Block(loopback=loopback)
    token = _offline.set((*_offline.get(), mark))
    if everywhere:
        _processes.append(mark)
    try:
        yield
    finally:
        _offline.reset(token)
        if everywhere:
            _processes.remove(mark)


def _refuse(event: str, arguments: Any) -> None:
    if event not in _NETWORK:
        return
    blocks = [*_processes, *_offline.get()]
    if not blocks:
        return
    # Processes of one machine talk through these.
    family = getattr(arguments[0], "family", None) if arguments else None
    if family is not None and family == getattr(socket, "AF_UNIX", None):
        return
    if all(block.loopback for block in blocks) and _is_within(event, arguments):
        return
    raise InputFileError(
        "Something refers to an address; nothing is fetched but by "
        "'stellarwh download'."
    )


def _is_within(event: str, arguments: Any) -> bool:
    """Return whether an event of the network stays within this machine."""
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        return is_loopback(arguments[0])
    if event in ("socket.connect", "http.client.connect"):
        address = arguments[1]
        return is_loopback(address[0] if isinstance(address, tuple) else address)
    return False


def is_loopback(host: object) -> bool:
    """Return whether a host, by name or address, is this machine to itself.

    Examples
    --------
    >>> [is_loopback(host) for host in ("127.0.0.1", "localhost", "::1", "10.0.0.1")]
    [True, True, True, False]
    """
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if text.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


def host_of(address: str) -> str:
    """Return the host of an address such as ``tcp://10.0.0.1:8786``.

    Examples
    --------
    >>> host_of("tcp://10.0.0.1:8786"), host_of("[::1]:8786"), host_of("head:8786")
    ('10.0.0.1', '::1', 'head')
    """
    return address.rpartition("//")[2].rpartition(":")[0].strip("[]")


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
