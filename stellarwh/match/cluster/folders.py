"""Sides of a match on a cluster: HATS folders, and tables written as such."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from stellarwh.catalogues.hats_folder import hats_in, margin_of
from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import position_of
from stellarwh.errors import SurveyError, UsageError
from stellarwh.export.export import export_table
from stellarwh.export.hats.options import HatsOptions
from stellarwh.match.brought import BroughtColumn, names_brought
from stellarwh.match.columns import Side, position, use_columns
from stellarwh.match.files import are_there, looks_like_a_file, no_files
from stellarwh.match.sides import told_at_ingest
from stellarwh.warehouse.freshness import require_current_table
from stellarwh.warehouse.tables import find_table


@dataclass(frozen=True)
class ClusterSide:
    """A side that LSDB can open.

    Parameters
    ----------
    source : str
        What the user named.
    folder : Path
        The HATS collection or catalogue.
    id, ra, dec : str
        Its columns.
    brought : tuple of BroughtColumn
        Columns that are brought along.
    margin : float
        Width of its margin (arcsec), 0 without one.
    epoch : float or str or None
        Of its positions, where that is known.
    is_simulated : bool
        Whether its files say so.
    reads : str
        The table of the warehouse that it is, quoted; empty for a folder.
    """

    source: str
    folder: Path
    id: str
    ra: str
    dec: str
    brought: tuple[BroughtColumn, ...]
    margin: float
    epoch: float | str | None
    is_simulated: bool
    reads: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are read of it."""
        names = (self.id, self.ra, self.dec, *(c.name for c in self.brought))
        return tuple(dict.fromkeys(names))


def open_side(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    side: Side,
    brings: Sequence[str],
    radius: float,
    aside: Path,
) -> ClusterSide:
    """Return a side; a table of the warehouse is written as a HATS collection.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    name : str
        ``left`` or ``right``.
    side : Side
        As the user described it.
    brings : sequence of str
        Columns to bring along.
    radius : float
        Of the match (arcsec).
    aside : Path
        Where to write a table to.
    """
    path = Path(side.source)
    if path.is_dir() and hats_in(path) is not None:
        return _of_folder(name, side, path, brings)
    if are_there(side.source):
        raise UsageError(
            f"{side.source} is no HATS folder: ingest it and name its table, or match "
            "without --engine lsdb."
        )
    if looks_like_a_file(side.source):
        raise no_files(side.source)
    table = find_table(connection, side.source, catalogue_first=True)
    require_current_table(connection, table)
    names = [
        row[0] for row in connection.execute(f"describe {table.quoted}").fetchall()
    ]
    told = told_at_ingest(connection, table)
    used = use_columns(side, names, str(table), told)
    one = _id_of(name, side, used["id"])
    place = told.get("ra"), told.get("dec")
    ra, dec = place if all(place) else position(names, str(table))
    brought = names_brought(brings, names)
    columns = list(dict.fromkeys((one, str(ra), str(dec), *brought)))
    folder = aside / name
    margin = max(HatsOptions().margin, radius)
    export_table(
        connection,
        str(table),
        folder,
        columns=columns,
        kind="hats",
        hats=HatsOptions(margin=margin),
    )
    found = _of_folder(name, Side(str(folder), id=one), folder, brings)
    return (
        ClusterSide(
            **{**vars(found), "source": side.source, "reads": table.quoted},
        )
        if used["epoch"] is None
        else ClusterSide(
            **{
                **vars(found),
                "source": side.source,
                "reads": table.quoted,
                "epoch": used["epoch"],
            }
        )
    )


def _of_folder(name: str, side: Side, path: Path, brings: Sequence[str]) -> ClusterSide:
    table = open_table(path)
    columns = {column.name: column for column in table.columns}
    used = use_columns(side, list(columns), side.source, {})
    ra, dec = position_of(table) or position(list(columns), side.source)
    brought = tuple(
        BroughtColumn(c.name, c.unit, c.ucd, c.description)
        for c in (columns[one] for one in names_brought(brings, list(columns)))
    )
    return ClusterSide(
        source=side.source,
        folder=path.absolute(),
        id=_id_of(name, side, used["id"]),
        ra=ra,
        dec=dec,
        brought=brought,
        margin=margin_of(path),
        epoch=used["epoch"],
        is_simulated=table.keywords.get("SIMULATE") is True,
    )


def _id_of(name: str, side: Side, found: str | float | None) -> str:
    if not isinstance(found, str):
        raise SurveyError(
            f"{side.source} has no id column of a usual name, and its rows have no "
            f"numbers on a cluster: name one with --{name}-id COLUMN."
        )
    return found
