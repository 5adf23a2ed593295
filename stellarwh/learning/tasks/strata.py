"""Which stratum holds which labelled stars."""

import duckdb
import numpy as np
import polars as pl

from stellarwh.learning.tasks.rows import Booleans, Integers, read_frame, registered

# Labelled stars that are looked up at once. The medians by which stars are divided
# take memory that DuckDB does not count; a range of star numbers is read alone.
_BATCH = 50_000


def strata_of_stars(
    connection: duckdb.DuckDBPyConnection, stars: Integers
) -> dict[str, Booleans]:
    """Return which labelled stars each stratum of ``main.star_strata`` holds.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse.
    stars : ndarray of shape (n,)
        Numbers of the stars, rising.

    Returns
    -------
    dict of str to ndarray of shape (n,)
        By the name of each stratum that any of them is in; empty where there is no such
        view.
    """
    known = connection.execute(
        "select 1 from information_schema.tables "
        "where table_schema = 'main' and table_name = 'star_strata'"
    ).fetchall()
    if not known:  # a warehouse of user's views only, never built
        return {}
    inside: dict[str, Booleans] = {}
    for start in range(0, len(stars), _BATCH):
        batch = stars[start : start + _BATCH]
        found = _strata(connection, batch)
        for name in found["stratum"].unique():
            whole = inside.setdefault(name, np.zeros(len(stars), dtype=np.bool_))
            of_it = found.filter(stratum=name)["star_id"].to_numpy()
            whole[start : start + _BATCH] = np.isin(batch, of_it)
    return {name: inside[name] for name in sorted(inside)}


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
