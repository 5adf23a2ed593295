"""Pairs of two HATS folders or tables, found by LSDB on a Dask cluster."""

from collections.abc import Sequence

import duckdb

from stellarwh.errors import UsageError, WarehouseError
from stellarwh.match.aside import read_pairs
from stellarwh.match.brought import OWN_FACTS, check_brought, name_apart
from stellarwh.match.cluster.folders import ClusterSide, open_side
from stellarwh.match.cluster.run import candidates, check_installed
from stellarwh.match.cluster.settle import drop_settled, settle
from stellarwh.match.columns import Side
from stellarwh.match.options import check_options
from stellarwh.match.pairs import Matched
from stellarwh.quoting import quote_identifier
from stellarwh.runtime.folders import temporary_folder
from stellarwh.runtime.offline import host_of, is_loopback, no_network
from stellarwh.warehouse.messages import first_line

_OWN = ("left_id", "right_id", "separation")


def match_on_cluster(
    connection: duckdb.DuckDBPyConnection,
    left: Side,
    right: Side,
    *,
    radius: float,
    mode: str,
    columns: Sequence[str] = (),
    cluster: str | None = None,
) -> Matched:
    """Return the pairs that `stellarwh.match.match_tables` finds, found by LSDB.

    Positions are compared as they are. Of equally near rows that of the smaller id is
    kept, as the macro `crossmatch` does.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse; read-only will do.
    left, right : Side
        HATS folders, or tables, which are written as such to a temporary folder.
    radius : float
        Largest separation in arcsec, at most the margin of the right side.
    mode : str
        One of `stellarwh.match.MODES`.
    columns : sequence of str
        Columns of either side to bring along, or ``all``.
    cluster : str, optional
        Address of a Dask scheduler; else workers of this machine.

    Raises
    ------
    UsageError
        If LSDB is not installed, the margin is too narrow, or an option is of the
        other engine alone.
    StellarwhError
        If a side cannot be read, or the cluster fails.
    """
    check_options(mode, radius, None, 1.0, None)
    _check_sides(left, right)
    check_installed()
    with temporary_folder() as aside:
        with no_network():
            sides = (
                open_side(connection, "left", left, columns, radius, aside),
                open_side(connection, "right", right, columns, radius, aside),
            )
        check_brought(columns, sides[0].brought, sides[1].brought)
        _check_within_reach(sides, cluster)
        _check_margin(sides[1], radius)
        try:
            found = candidates(*sides, radius, cluster)
            table = settle(connection, found, sides, radius, mode)
            return _matched(connection, table, sides)
        except duckdb.Error as error:
            raise WarehouseError(
                f"The match failed: {first_line(str(error))}"
            ) from None
        finally:
            drop_settled(connection)


def _check_sides(*sides: Side) -> None:
    for side in sides:
        more = (side.epoch, side.pmra, side.pmdec, side.error, side.magnitude)
        if any(value is not None for value in more):
            raise UsageError(
                "On a cluster positions are compared as they are; leave out epochs, "
                "motions, errors and magnitudes, or match without --engine lsdb."
            )


def _check_within_reach(
    sides: tuple[ClusterSide, ClusterSide], cluster: str | None
) -> None:
    """Refuse tables where workers elsewhere would have to read them."""
    if cluster is None:
        return
    host = host_of(cluster)
    tables = [side.source for side in sides if side.reads]
    if tables and not is_loopback(host):
        raise UsageError(
            f"Workers at {host} cannot read the table {tables[0]}: stellarwh export "
            f"{tables[0]} FOLDER --format hats to where they can, and name the folder."
        )


def _check_margin(right: ClusterSide, radius: float) -> None:
    if radius <= right.margin:
        return
    what = f"is {right.margin:g} arcsec wide" if right.margin else "is not there"
    raise UsageError(
        f"The margin of {right.source} {what}, and the radius {radius:g}: export it "
        f"with --margin {radius:g} or more, or match without --engine lsdb, which "
        "needs no margin."
    )


def _matched(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    sides: tuple[ClusterSide, ClusterSide],
) -> Matched:
    items = [
        f"{quote_identifier(f'{side.id}_{name}')} as {name}_id"
        for side, name in zip(sides, ("left", "right"), strict=True)
    ]
    items.append("separation")
    facts = {name: OWN_FACTS[name] for name in _OWN if name in OWN_FACTS}
    renamed = name_apart(_OWN, sides[0].brought, sides[1].brought)
    for side, name, called in zip(sides, ("left", "right"), renamed, strict=True):
        for column, new in zip(side.brought, called, strict=True):
            there = quote_identifier(f"{column.name}_{name}")
            items.append(f"{there} as {quote_identifier(new)}")
            facts[new] = column.facts
    relation = connection.sql(
        f"select {', '.join(items)} from {table} "  # noqa: S608 - quoted names
        "order by left_id, separation, right_id"
    )
    epochs = {side.epoch for side in sides}
    warnings = (
        ()
        if len(epochs) == 1 and isinstance(next(iter(epochs)), float)
        else ("LSDB moves no star: positions are compared as they are.",)
    )
    return Matched(
        read_pairs(connection, relation),
        None,
        warnings,
        (),
        facts,
        tuple(side.reads for side in sides if side.reads),
        any(side.is_simulated for side in sides),
    )
