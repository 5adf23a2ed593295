"""The hub that programs of one desktop exchange messages by."""

import os
import xmlrpc.client
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from stellarwh.errors import ExchangeError
from stellarwh.runtime.offline import is_loopback, no_network

if TYPE_CHECKING:
    from pyvo.samp import SAMPIntegratedClient

# The messages that carry a table, by the format that it is in; the first is preferred.
LOADS = {"votable": "table.load.votable", "fits": "table.load.fits"}
_NO_HUB = (
    "No SAMP hub is running; start TOPCAT or Aladin, which bring one, and try again."
)
_LOCK_URL = "std-lockurl:"


@contextmanager
def connected(command: str) -> Iterator["SAMPIntegratedClient"]:
    """Be a client of the hub for as long as the block lasts.

    Parameters
    ----------
    command : str
        What needs it, for who lacks pyvo.

    Raises
    ------
    ExchangeError
        If pyvo is missing, or no hub of this machine answers.
    """
    try:
        from pyvo import samp  # noqa: PLC0415 - an extra
    except ImportError:
        raise ExchangeError(
            f"stellarwh {command} needs pyvo: pip install 'stellarwh[samp]'"
        ) from None
    client = samp.SAMPIntegratedClient(
        name="stellarwh",
        description="A local warehouse for stellar spectroscopic surveys",
        addr="127.0.0.1",
    )
    # pyvo would otherwise ask a page on the internet whether there is one.
    with no_network(loopback=True), samp.conf.set_temp("use_internet", False):
        try:
            client.connect(hub_params=hub_parameters())
            # Nobody needs to read the environment of this process.
            client.unbind_receive_call("client.env.get")
        except (OSError, xmlrpc.client.Error, samp.SAMPHubError):
            raise ExchangeError(_NO_HUB) from None
        except samp.SAMPProxyError as error:
            raise ExchangeError(f"The SAMP hub refuses: {error.faultString}") from None
        try:
            yield client
        finally:
            # A hub that has ended meanwhile cannot be told.
            with suppress(OSError, xmlrpc.client.Error, samp.SAMPProxyError):
                client.disconnect()


def hub_parameters() -> dict[str, str]:
    """Return what the hub that is running wrote of itself.

    Raises
    ------
    ExchangeError
        If there is none, or it is of another machine.
    """
    path = _lock_file()
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        raise ExchangeError(_NO_HUB) from None
    told = {}
    for line in text.splitlines():
        key, sign, value = line.partition("=")
        if sign and not line.startswith("#"):
            told[key.strip()] = value.strip()
    # Written by Java, a colon may be escaped.
    url = told.get("samp.hub.xmlrpc.url", "").replace("\\", "")
    if not url or "samp.secret" not in told:
        raise ExchangeError(f"{path} is no file of a SAMP hub; remove it first.")
    host = urlsplit(url).hostname or ""
    if not is_loopback(host):
        raise ExchangeError(
            f"The SAMP hub answers at {host}, which is not the loopback address; "
            "tables go to programs of this machine only. Start the hub at 127.0.0.1, "
            "as TOPCAT does."
        )
    return told | {"samp.hub.xmlrpc.url": url}


def _lock_file() -> Path:
    """Return the file in which a hub says where it is."""
    named = os.environ.get("SAMP_HUB", "")
    if not named:
        return Path.home() / ".samp"
    url = urlsplit(named.removeprefix(_LOCK_URL))
    is_local = url.scheme == "file" and (not url.netloc or is_loopback(url.netloc))
    if not named.startswith(_LOCK_URL) or not is_local:
        raise ExchangeError(
            f"SAMP_HUB is '{named}', which names no hub of this machine; unset it, or "
            f"let it be {_LOCK_URL}file:///… ."
        )
    return Path(unquote(url.path))


def name_of(client: "SAMPIntegratedClient", other: str) -> str:
    """Return what a client calls itself."""
    metadata: dict[str, Any] = client.get_metadata(other)
    return str(metadata.get("samp.name") or other)
