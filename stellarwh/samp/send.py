"""A file of a table, offered to other programs."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stellarwh.errors import ExchangeError, did_you_mean
from stellarwh.samp.hub import LOADS, name_of

if TYPE_CHECKING:
    from pyvo.samp import SAMPIntegratedClient


@dataclass(frozen=True)
class Recipient:
    """A program that takes tables.

    Parameters
    ----------
    id : str
        What the hub calls it.
    name : str
        What it calls itself.
    format : str
        What it takes: ``votable`` or, where it takes nothing else, ``fits``.
    """

    id: str
    name: str
    format: str


def find_recipients(
    client: "SAMPIntegratedClient", to: str | None = None
) -> list[Recipient]:
    """Return the programs that take tables, or the ones of a name.

    Parameters
    ----------
    client : SAMPIntegratedClient
        Connected.
    to : str, optional
        What a program calls itself, whatever the case of its letters.

    Raises
    ------
    ExchangeError
        If there is none.
    """
    formats: dict[str, str] = {}
    for kind, message in LOADS.items():
        for other in client.get_subscribed_clients(message):
            formats.setdefault(other, kind)
    found = [Recipient(o, name_of(client, o), kind) for o, kind in formats.items()]
    if to is not None:
        named = [r for r in found if r.name.lower() == to.lower()]
        if not named and found:
            hint = did_you_mean(to, {r.name for r in found})
            raise ExchangeError(f"No program named '{to}' takes tables. {hint}")
        found = named
    if not found:
        raise ExchangeError(
            "No program at the SAMP hub takes tables; start TOPCAT or Aladin, and try "
            "again."
        )
    return found


def offer_file(
    client: "SAMPIntegratedClient",
    to: Recipient,
    path: Path,
    name: str,
    timeout: float,
) -> str | None:
    """Offer a file to a program, wait for its answer, and return what was wrong.

    Parameters
    ----------
    client : SAMPIntegratedClient
        Connected.
    to : Recipient
        The program.
    path : Path
        The file, in the format that it takes.
    name : str
        What the table is called there.
    timeout : float
        How long to wait (s).
    """
    from pyvo.samp import SAMPProxyError  # noqa: PLC0415 - an extra

    begun = time.monotonic()
    parameters = {"url": path.as_uri(), "name": name, "table-id": path.as_uri()}
    message = {"samp.mtype": LOADS[to.format], "samp.params": parameters}
    try:
        answer = client.call_and_wait(to.id, message, str(max(round(timeout), 1)))
    except SAMPProxyError as error:
        if time.monotonic() - begun >= round(timeout):
            return f"has not answered in {timeout:g} s"
        return f"cannot be reached: {error.faultString}"
    if answer.get("samp.status") == "samp.error":
        told = answer.get("samp.error") or {}
        return f"refuses the table: {told.get('samp.errortxt') or 'no reason given'}"
    return None
