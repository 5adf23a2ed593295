"""Settle what a cluster found, by the rule of the macro `crossmatch`.

Workers list all pairs that may be within the radius. Here their separations are
measured as the macro measures them, and each mode keeps what it keeps there: of equally
near rows that of the smaller id. Rows that have but each other need no more; the rest
of a one-to-one match goes through the macro itself.
"""

from collections.abc import Iterable

import duckdb
import pyarrow as pa

from stellarwh.match.cluster.folders import ClusterSide
from stellarwh.quoting import quote_identifier

_FOUND = "stellarwh_cluster_found"
_PAIRS = "stellarwh_cluster_pairs"
_BATCH = "stellarwh_cluster_batch"
_SIDES = ("left", "right")


def settle(
    connection: duckdb.DuckDBPyConnection,
    batches: Iterable[pa.Table],
    sides: tuple[ClusterSide, ClusterSide],
    radius: float,
    mode: str,
) -> str:
    """Return a temporary table of the pairs: what the batches have, and the separation.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With our macros.
    batches : iterable of pyarrow.Table
        As `stellarwh.match.cluster.run.candidates` yields them.
    sides : tuple of ClusterSide
        Left and right.
    radius : float
        In arcsec.
    mode : str
        One of `stellarwh.match.MODES`.
    """
    _gather(connection, batches, sides, radius)
    if mode == "all":
        return _FOUND
    keys = [_key(side, name) for side, name in zip(sides, _SIDES, strict=True)]
    lefts, rights = (", ".join(key) for key in keys)
    best = f"row_number() over (partition by {lefts} order by separation, {rights}) = 1"
    best_right = (
        f"row_number() over (partition by {rights} order by separation, {lefts}) = 1"
    )
    kept = {
        "best": best,
        "best-right": best_right,
        "mutual": f"{best} and {best_right}",
        "one-to-one": f"count(*) over (partition by {lefts}) = 1 "
        f"and count(*) over (partition by {rights}) = 1",
    }[mode]
    connection.execute(
        f"create or replace temp table {_PAIRS} as from {_FOUND} qualify {kept}"
    )
    if mode == "one-to-one":
        _settle_tangled(connection, keys, kept, radius)
    return _PAIRS


def drop_settled(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop the temporary tables."""
    names = [_FOUND, _PAIRS, f"{_FOUND}_tangled", *(f"{_FOUND}_{s}" for s in _SIDES)]
    for name in names:
        connection.execute(f"drop table if exists temp.{name}")


def _gather(
    connection: duckdb.DuckDBPyConnection,
    batches: Iterable[pa.Table],
    sides: tuple[ClusterSide, ClusterSide],
    radius: float,
) -> None:
    """Store the pairs that are within the radius, with their separations."""
    places = [
        quote_identifier(f"{column}_{name}") + "::double"
        for side, name in zip(sides, _SIDES, strict=True)
        for column in (side.ra, side.dec)
    ]
    measured = f"select *, angular_separation({', '.join(places)}) as separation"
    is_first = True
    for batch in batches:
        connection.register(_BATCH, batch)
        what = "create or replace temp table" if is_first else "insert into"
        connection.execute(
            f"{what} {_FOUND} {'as' if is_first else ''} {measured} from {_BATCH} "
            f"where separation <= {float(radius)!r}::double"
        )
        connection.unregister(_BATCH)
        is_first = False


def _key(side: ClusterSide, name: str) -> list[str]:
    """Return what tells the rows of a side apart, the id first."""
    columns = [f"{column}_{name}" for column in (side.id, side.ra, side.dec)]
    return [quote_identifier(c) for c in (*columns, f"stellarwh_nth_{name}")]


def _settle_tangled(
    connection: duckdb.DuckDBPyConnection,
    keys: list[list[str]],
    kept: str,
    radius: float,
) -> None:
    """Add the one-to-one pairs of rows that have several partners."""
    tangled = f"{_FOUND}_tangled"
    ranks = ", ".join(
        f"dense_rank() over (order by {', '.join(key)}) as stellarwh_{name}_row"
        for key, name in zip(keys, _SIDES, strict=True)
    )
    connection.execute(
        f"create or replace temp table {tangled} as select *, {ranks} "  # noqa: S608 - quoted names
        f"from (from {_FOUND} qualify not ({kept}))"
    )
    called = []
    for name, key in zip(_SIDES, keys, strict=True):
        one, ra, dec, _ = key
        connection.execute(
            f"create or replace temp table {_FOUND}_{name} as "  # noqa: S608 - quoted names
            f"select distinct stellarwh_{name}_row as row, {one} as id, "
            f"{ra}::double as ra, {dec}::double as dec from {tangled}"
        )
        ((rows, ids),) = connection.execute(
            f"select count(*), count(distinct id) from {_FOUND}_{name}"  # noqa: S608 - fixed names
        ).fetchall()
        # Equally near places go by a digest of their ids; rows of one id by their rank.
        called.append("id" if rows == ids else "row")
    options = ", ".join(
        f"{name}_id := '{column}', {name}_ra := 'ra', {name}_dec := 'dec'"
        for name, column in zip(_SIDES, called, strict=True)
    )
    connection.execute(
        f"insert into {_PAIRS} select tangled.* exclude (stellarwh_left_row, "  # noqa: S608 - fixed names
        f"stellarwh_right_row) from {tangled} as tangled "
        f"inner join {_FOUND}_left as lefts on tangled.stellarwh_left_row = lefts.row "
        f"inner join {_FOUND}_right as rights "
        "on tangled.stellarwh_right_row = rights.row "
        f"inner join crossmatch('{_FOUND}_left', '{_FOUND}_right', "
        f"{float(radius)!r}, mode := 'one-to-one', {options}) as pairs "
        f"on pairs.left_id = lefts.{called[0]} and pairs.right_id = rights.{called[1]}"
    )
