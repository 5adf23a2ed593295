"""Which runs are this user's own: a key in the user's configuration seals them.

A hash beside what it is of proves nothing, as whoever can write the one can write the
other. A run is sealed by an HMAC-SHA-256 (RFC 2104) over its row in ``ml.runs``, which
holds the hash of all that it stored; the key never leaves the user's configuration.
"""

import hashlib
import hmac
import json
import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from stellarwh.runtime.listening import warn

# What of a run its seal is over, in this order; another choice needs another version.
_SEALED = (
    "run_id", "task", "kind", "estimator", "seed", "folds", "device", "created_at",
    "seconds", "rows_labelled", "targets", "features", "feature_types",
    "data_fingerprint", "view_sql", "parameters", "versions", "artefacts_sha256",
    "is_simulated", "sources",
)  # fmt: skip
_VERSION = "1"
_UNSEALED = "not sealed: an earlier version of stellarwh stored it, or somebody else"
_KEY = re.compile(rb"[0-9a-f]{64}\n?")


@dataclass(frozen=True)
class Origin:
    """Who sealed a run.

    Attributes
    ----------
    is_own : bool
        Whether this user trained it, and its row is as training wrote it.
    words : str
        Who did, as far as it can be told: "sealed by you (key 1a2b3c4d)".
    """

    is_own: bool
    words: str


def key_path() -> Path:
    """Return where the key is: in ``$XDG_CONFIG_HOME/stellarwh``, or ``~/.config``."""
    configured = os.environ.get("XDG_CONFIG_HOME", "")
    # The specification has relative paths ignored.
    folder = Path(configured) if Path(configured).is_absolute() else None
    return (folder or Path.home() / ".config") / "stellarwh" / "seal.key"


def seal_run(connection: duckdb.DuckDBPyConnection, run_id: str) -> None:
    """Seal a run that was just stored, with this user's key, made where there is none.

    Where it cannot be kept, a warning says so, and the run is this process's only.
    """
    key = _read_key() or _make_key()
    if key is None:
        key = _passing_key()
        warn(
            f"The key that seals runs cannot be kept in {key_path()} "
            f"({_why_no_key()}); 'stellarwh predict' will take run {run_id} only with "
            "--trust-runs."
        )
    row = _rows(connection, run_id)[0]
    connection.execute(
        "update ml.runs set seal = ? where run_id = ?", [_seal(key, row), run_id]
    )


def origins(
    connection: duckdb.DuckDBPyConnection, run_id: str | None = None
) -> dict[str, Origin]:
    """Return by run who sealed it, of one run or of all."""
    keys = [key for key in (_read_key(), _passing_key()) if key is not None]
    return {
        str(row.get("run_id")): _origin(row, keys) for row in _rows(connection, run_id)
    }


def _origin(row: dict[str, Any], keys: list[bytes]) -> Origin:
    seal = str(row.get("seal") or "")
    parts = seal.split(" ")
    if len(parts) != 3 or parts[0] != _VERSION:
        return Origin(False, _UNSEALED)
    name = parts[1] if re.fullmatch("[0-9a-f]{8}", parts[1]) else "unknown"
    for key in keys:
        if hmac.compare_digest(_seal(key, row).encode(), seal.encode()):
            return Origin(True, f"sealed by you (key {name})")
        if name == _name(key):
            return Origin(False, "ALTERED since you sealed it")
    return Origin(False, f"sealed by somebody else (key {name})")


def _seal(key: bytes, row: dict[str, Any]) -> str:
    values = [row.get(name) for name in _SEALED]
    text = json.dumps([_VERSION, *values], sort_keys=True, default=str)
    digest = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return f"{_VERSION} {_name(key)} {digest}"


def _name(key: bytes) -> str:
    """Return what a key is called; it says nothing of the key."""
    return hashlib.sha256(b"name of " + key).hexdigest()[:8]


def _rows(
    connection: duckdb.DuckDBPyConnection, run_id: str | None
) -> list[dict[str, Any]]:
    # All columns: a warehouse of an earlier version lacks some.
    found = connection.execute(
        "select * from ml.runs where $run is null or run_id = $run", {"run": run_id}
    )
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@cache
def _passing_key() -> bytes:
    """Return the key of this process, for where none can be kept."""
    return secrets.token_hex(32).encode()


def _read_key() -> bytes | None:
    return None if _why_no_key() else key_path().read_bytes().strip()


def _why_no_key() -> str:
    """Return why there is no key that can be used; nothing where there is one."""
    path = key_path()
    try:
        if path.stat().st_mode & 0o077:  # others could seal in this user's name
            path.chmod(0o600)
            if path.stat().st_mode & 0o022:
                return "others may write it"
        if not _KEY.fullmatch(path.read_bytes()):
            return "it is no key of stellarwh"
    except OSError as error:
        return error.strerror or "it cannot be read"
    return ""


def _make_key() -> bytes | None:
    path = key_path()
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(
            os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
        ) as file:
            file.write(secrets.token_hex(32).encode())
        # Whole under its name, and never over another's: two commands may be the first.
        with suppress(FileExistsError):
            path.hardlink_to(fresh)
    except OSError:
        pass
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
    return _read_key()
