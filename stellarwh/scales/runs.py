"""Calibrations that are stored: which there are, and which one is in use."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import duckdb

from stellarwh.errors import UsageError, WarehouseError

_SHOWN = 8
_TAKE = """
insert into scale.uses by name
select
    ? as run_id,
    greatest(
        ?::timestamp,
        -- After all others, whatever clock they were told by.
        (select max(created_at) from scale.runs) + interval 1 microsecond,
        (select max(used_at) from scale.uses) + interval 1 microsecond
    ) as used_at
"""


def run_in_use(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Return the run whose scale the views are on; None where nothing is calibrated."""
    ((run_id,),) = connection.execute("select run_id from scale.in_use").fetchall() or [
        (None,)
    ]
    return None if run_id is None else str(run_id)


def same_run(
    connection: duckdb.DuckDBPyConnection, recipe: Mapping[str, Any]
) -> str | None:
    """Return the latest run of the same files, values, reference, seed and software.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse.
    recipe : mapping of str to what a column of ``scale.runs`` holds
        What is to be calibrated and how, as `recipe_of` tells it.
    """
    names = ", ".join(recipe)
    rows = connection.execute(
        f"select run_id, {names} from scale.runs "  # noqa: S608 - our names
        "where reference = ? and seed = ? order by created_at desc, run_id desc",
        [recipe["reference"], recipe["seed"]],
    ).fetchall()
    wanted = _plain(list(recipe.values()))
    return next((run_id for run_id, *row in rows if _plain(row) == wanted), None)


def named_run(connection: duckdb.DuckDBPyConnection, text: str) -> str:
    """Return the run of an id, or of the beginning of one.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse.
    text : str
        What was asked for.

    Raises
    ------
    UsageError
        If no run begins so, or several do.
    WarehouseError
        If there is no run at all.
    """
    rows = connection.execute(
        "select run_id from scale.runs order by created_at desc, run_id desc"
    ).fetchall()
    known = [str(run_id) for (run_id,) in rows]
    if not known:
        raise WarehouseError(
            "Nothing is calibrated yet; run 'stellarwh calibrate' first."
        )
    if text in known:
        return text
    found = [run_id for run_id in known if text and run_id.startswith(text)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"{len(found)} calibrations begin with '{text}': {_listed(found)}."
        )
    raise UsageError(
        f"There is no calibration '{text}'. There are, the latest first (scale.runs): "
        f"{_listed(known)}."
    )


def take_in_use(connection: duckdb.DuckDBPyConnection, run_id: str) -> bool:
    """Let the views be on the scale of a run; return whether they were already.

    Raises
    ------
    WarehouseError
        If the views are of a version that knows the latest run alone.
    """
    if run_in_use(connection) == run_id:
        return True
    now = datetime.now(UTC).replace(tzinfo=None)  # the tables hold UTC
    connection.execute(_TAKE, [run_id, now])
    if run_in_use(connection) != run_id:
        raise WarehouseError(
            "The views were built by an earlier version, which knows the latest "
            "calibration alone. Run 'stellarwh build' first."
        )
    return False


def _listed(run_ids: Sequence[str]) -> str:
    more = ", …" if len(run_ids) > _SHOWN else ""
    return ", ".join(run_ids[:_SHOWN]) + more


def _plain(values: Sequence[Any]) -> str:
    """Return values of a row as text that says whether two rows are alike."""
    return json.dumps(values, sort_keys=True)
