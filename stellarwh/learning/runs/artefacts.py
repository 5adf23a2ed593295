"""Fitted parts of a run as bytes in ``ml.models``, sealed by hashes."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import duckdb

from stellarwh.errors import TaskError
from stellarwh.learning.runs.estimator_bytes import from_bytes, to_bytes

# Parts that belong to all targets of a run.
SHARED = ""


@dataclass(frozen=True)
class Artefact:
    """One part of a run: an estimator, its spread, its calibration or its domain."""

    target: str
    part: str
    format: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Hash of name, format and bytes."""
        digest = hashlib.sha256(f"{self.target}\0{self.part}\0{self.format}\0".encode())
        digest.update(self.data)
        return digest.hexdigest()


def estimator_artefact(target: str, part: str, estimator: Any) -> Artefact:
    """Return a fitted estimator as an artefact."""
    format_name, data = to_bytes(estimator)
    return Artefact(target, part, format_name, data)


def json_artefact(target: str, part: str, content: Any) -> Artefact:
    """Return plain facts as an artefact."""
    data = json.dumps(content, sort_keys=True, allow_nan=False).encode()
    return Artefact(target, part, "json", data)


def seal(artefacts: Iterable[Artefact]) -> str:
    """Return one hash over all artefacts of a run, in any order."""
    digest = hashlib.sha256()
    for line in sorted(artefact.sha256 for artefact in artefacts):
        digest.update(line.encode())
    return digest.hexdigest()


def read_artefacts(
    connection: duckdb.DuckDBPyConnection, run_id: str, sealed: str
) -> list[Artefact]:
    """Return the parts of a run as they are stored, after checking their hashes.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    run_id : str
        The run.
    sealed : str
        ``artefacts_sha256`` of the run.

    Raises
    ------
    TaskError
        If a part is missing or its bytes are not those that training wrote.
    """
    rows = connection.execute(
        "select target, part, format, artefact, sha256 from ml.models "
        "where run_id = ? order by target, part",
        [run_id],
    ).fetchall()
    artefacts = []
    for target, part, format_name, data, sha256 in rows:
        artefact = Artefact(target, part, format_name, bytes(data))
        if artefact.sha256 != sha256:
            raise _tampered(run_id, f"{target} {part}".strip())
        artefacts.append(artefact)
    if seal(artefacts) != sealed:
        raise _tampered(run_id, "set of parts")
    return artefacts


def rebuild(artefacts: Iterable[Artefact], features: int) -> dict[tuple[str, str], Any]:
    """Return what the parts of a run hold, by target and part.

    Parameters
    ----------
    artefacts : iterable of Artefact
        From `read_artefacts`.
    features : int
        How many features the run has.

    Raises
    ------
    TaskError
        If an estimator cannot be read.
    ValueError
        If plain facts cannot.
    """
    return {
        (artefact.target, artefact.part): (
            json.loads(artefact.data)
            if artefact.format == "json"
            else from_bytes(artefact.format, artefact.data, features)
        )
        for artefact in artefacts
    }


def _tampered(run_id: str, part: str) -> TaskError:
    return TaskError(
        f"The {part} stored for run {run_id} is not what training wrote (its SHA-256 "
        "differs); it is not used. Train the task again."
    )
