"""Which stratum holds which labelled stars."""

from collections.abc import Mapping

import duckdb
import numpy as np
import polars as pl

from stellarwh.errors import TaskError
from stellarwh.learning.tasks.rows import Booleans, Integers, read_frame, registered
from stellarwh.learning.tasks.stratum import Stratum

# Labelled stars that are looked up at once. The medians by which stars are divided
# take memory that DuckDB does not count; a range of star numbers is read alone.
_BATCH = 50_000


def known_strata(connection: duckdb.DuckDBPyConnection) -> dict[str, Stratum]:
    """Return by name what each stratum of ``main.star_strata`` is.

    Raises
    ------
    TaskError
        If an earlier version built the warehouse, so that they are not described.
    """
    views = connection.execute(
        "select table_name from information_schema.tables where table_schema = 'main' "
        "and table_name in ('star_strata', 'strata')"
    ).fetchall()
    if ("star_strata",) not in views:  # a warehouse of user's views only, never built
        return {}
    if ("strata",) not in views:
        raise TaskError(
            "This warehouse has main.star_strata, but no main.strata, which says what "
            "they are: another version built it. Run 'stellarwh build' and try again."
        )
    rows = connection.execute(
        "select stratum, stratum_kind, stage_group, axis, null, axis_low, axis_high "
        "from main.strata"
    ).fetchall()
    return {row[0]: Stratum(*row) for row in rows}


def strata_of_stars(
    connection: duckdb.DuckDBPyConnection,
    stars: Integers,
    known: Mapping[str, Stratum],
) -> dict[Stratum, Booleans]:
    """Return which labelled stars each stratum of ``main.star_strata`` holds.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse.
    stars : ndarray of shape (n,)
        Numbers of the stars, rising.
    known : mapping of str to Stratum
        What `known_strata` returned.

    Returns
    -------
    dict of Stratum to ndarray of shape (n,)
        Of each stratum that any of them is in, by its name; empty where none is known.
    """
    if not known:
        return {}
    inside: dict[str, Booleans] = {}
    for start in range(0, len(stars), _BATCH):
        batch = stars[start : start + _BATCH]
        found = _strata(connection, batch)
        for name in found["stratum"].unique():
            whole = inside.setdefault(name, np.zeros(len(stars), dtype=np.bool_))
            of_it = found.filter(stratum=name)["star_id"].to_numpy()
            whole[start : start + _BATCH] = np.isin(batch, of_it)
    return {known[name]: inside[name] for name in sorted(inside)}


def _strata(connection: duckdb.DuckDBPyConnection, stars: Integers) -> pl.DataFrame:
    frame = pl.DataFrame({"star_id": stars})
    with registered(connection, frame, "labelled_stars"):
        return read_frame(
            connection,
            "select star_id, stratum from main.star_strata "
            "semi join labelled_stars using (star_id) "
            "where star_id between ? and ?",
            [int(stars[0]), int(stars[-1])],
        )
