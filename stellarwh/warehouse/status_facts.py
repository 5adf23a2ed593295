"""What a warehouse holds, as facts for programs: ``stellarwh status --json``."""

from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any

import duckdb

from stellarwh.warehouse.files.warehouse_file import stored_size
from stellarwh.warehouse.freshness import stale_surveys
from stellarwh.warehouse.scale_facts import scale_in_use
from stellarwh.warehouse.seals import origins
from stellarwh.warehouse.spectra_facts import spectra_facts
from stellarwh.warehouse.stale_pairs import changed_catalogues
from stellarwh.warehouse.tables import count_rows, table_names

_INGESTS = (
    "survey", "file", "sha256", "format", "release", "is_simulated", "rows", "columns",
    "epoch", "warnings", "version", "ingested_at",
)  # fmt: skip
_RUNS = ("run_id", "task", "estimator", "seed", "created_at")
_PROVENANCE = (
    "is_simulated", "is_stale", "simulated_surveys", "replaced_surveys",
)  # fmt: skip
_COUNTED = ("main.stars", "main.measurements", "matching.matches")


def warehouse_facts(
    connection: duckdb.DuckDBPyConnection, path: Path
) -> dict[str, Any]:
    """Return what is in the warehouse, of types that JSON has.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    path : Path
        Its file.

    Returns
    -------
    dict
        ``warehouse`` and ``size_bytes`` of the file; ``ingests``, a list with one dict
        of each file read, with the ``rows`` it had and ``rows_now`` of its table, and,
        of stored pairs, the ``replaced_surveys`` that have other files now;
        ``spectra``, a list with one dict of each survey that has any;
        ``build``, None or a dict with ``built_at``, ``is_stale`` and ``stale``, why;
        ``tables``, rows by name of what a build stored; ``scale``, None or a dict with
        the ``reference``, the ``method`` and the calibration in use; ``runs``, a list
        with one dict of each training run. Times are UTC, as ISO 8601; what is not
        known is None.
    """
    ingests = _rows(connection, "meta.ingests", _INGESTS)
    outdated = changed_catalogues(connection)
    scale = scale_in_use(connection)
    return {
        "warehouse": str(path),
        "size_bytes": stored_size(path),
        "ingests": [
            {"table": f"raw.{row['survey']}"}
            | row
            | {
                "rows_now": count_rows(connection, f"raw.{row['survey']}"),
                "replaced_surveys": outdated.get(row["survey"], []),
            }
            for row in sorted(ingests, key=lambda r: (r["survey"], r["ingested_at"]))
        ],
        "spectra": [fact.facts() for fact in spectra_facts(connection)],
        "build": _build(connection),
        "tables": _tables(connection),
        "scale": None if scale is None else scale.facts(),
        "runs": _runs(connection),
    }


def _rows(
    connection: duckdb.DuckDBPyConnection, table: str, columns: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Return some columns of a table; None for those that it lacks."""
    found = connection.execute(f"from {table}")
    names = [column[0] for column in found.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return [{c: _plain(row.get(c)) for c in columns} for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not isfinite(value):
        return None
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else value


def _build(connection: duckdb.DuckDBPyConnection) -> dict[str, Any] | None:
    built = [row["built_at"] for row in _rows(connection, "meta.builds", ("built_at",))]
    if not built:
        return None
    stale = stale_surveys(connection)
    return {"built_at": max(built), "is_stale": bool(stale), "stale": stale}


def _tables(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    there = [table for table in table_names(connection) if str(table) in _COUNTED]
    return {
        str(table): connection.execute(
            f"select count(*) from {table.quoted}"  # noqa: S608 - quoted identifiers
        ).fetchall()[0][0]
        for table in there
    }


def _runs(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    runs = sorted(
        _rows(connection, "ml.runs", _RUNS), key=lambda r: (r["task"], r["created_at"])
    )
    try:
        told = _rows(connection, "main.run_provenance", ("run_id", *_PROVENANCE))
    except duckdb.CatalogException:  # never built, or by an earlier version
        told = []
    by_run = {row.pop("run_id"): row for row in told}
    nothing = dict.fromkeys(_PROVENANCE)
    sealed = origins(connection)
    return [
        run
        | by_run.get(run["run_id"], nothing)
        | {"is_own": sealed[run["run_id"]].is_own, "seal": sealed[run["run_id"]].words}
        for run in runs
    ]
