"""Write a table as a HATS collection: a catalogue and its margin, cut by HEALPix."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stellarwh.catalogues.parquet.write import Described
from stellarwh.catalogues.usual_names import usual_position
from stellarwh.errors import UsageError
from stellarwh.export.formats import Counted, Progress, parquet_items, schema_of
from stellarwh.export.hats.catalogue import (
    INDEX,
    CatalogueWriter,
    made_by,
    write_properties,
)
from stellarwh.export.hats.margin import Aside, margin_rows, reach_of
from stellarwh.export.hats.options import HatsOptions
from stellarwh.export.hats.partitions import FINEST, cut
from stellarwh.export.source import Source, column_facts, kept
from stellarwh.quoting import quote_identifier
from stellarwh.runtime.listening import note

_BATCH_ROWS = 122_880
# Rows that are sorted at once: more at a time are slower, and need more memory.
_SORTED_BYTES = 128 << 20
# Cells of this order (1.8 degrees) are counted first.
_COARSE = 5
_PROPERTIES = {"collection.properties", "hats.properties"}
_INDEX_FACTS = {
    "ucd": "pos.healpix",
    "description": "HEALPix cell of the position: order 29, nested, ICRS",
}


@dataclass(frozen=True)
class _Placed:
    """Rows with their cell of order 29 in front, and what is known of them."""

    source: Source
    ra: str
    dec: str
    schema: pa.Schema
    described: Described


def is_hats_folder(path: Path) -> bool:
    """Return whether a path is a folder in HATS, or an empty one."""
    if not path.is_dir():
        return False
    names = {found.name for found in path.iterdir()}
    return not names or bool(names & _PROPERTIES)


def write_collection(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    folder: Path,
    name: str,
    options: HatsOptions,
    progress: Progress,
) -> int:
    """Write a HATS collection into an empty folder, and return its number of rows.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    source : Source
        The rows.
    folder : Path
        Where to; what an attempt before left there goes.
    name : str
        What the collection is called.
    options : HatsOptions
        How it is cut.
    progress : callable
        Told how many rows of how many have been written.
    """
    for left in folder.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    placed = _placed(connection, source)
    spread = _count(placed.source.relation, options.rows)
    cells, total = cut(spread.cells, spread.rows, options.rows), int(spread.rows.sum())
    counted = Counted(progress, total)
    main = CatalogueWriter(folder / name, placed.schema, placed.described, cells)
    aside = folder / "near.arrow"
    reach = reach_of(connection, options.margin)[0] if options.margin else 0
    with Aside(aside, placed.schema) as near:
        for batch in _in_order(placed, spread):
            part = batch.cast(placed.schema)
            healpix = part.column(0).to_numpy()
            main.write(part, cells.holding(healpix))
            if reach:
                near.put(part, cells.near_border(healpix, reach))
            counted.add(part.num_rows)
    columns = {"hats_col_ra": placed.ra, "hats_col_dec": placed.dec}
    main.finish({"obs_collection": name, "dataproduct_type": "object", **columns})
    told: dict[str, object] = {"obs_collection": name, "hats_primary_table_url": name}
    if reach:
        of_margin = f"{name}_{options.margin:g}arcs"
        cells = cells.with_gaps()
        margin = CatalogueWriter(
            folder / of_margin, placed.schema, placed.described, cells
        )
        with margin_rows(connection, aside, INDEX, cells, options.margin) as found:
            for batch in found:
                part = batch.select(placed.schema.names).cast(placed.schema)
                margin.write(part, batch.column(0).to_numpy())
        margin.finish(
            {
                "obs_collection": of_margin,
                "dataproduct_type": "margin",
                **columns,
                "hats_primary_table_url": name,
                "hats_margin_threshold": options.margin,
            }
        )
        told |= {"all_margins": of_margin, "default_margin": of_margin}
    aside.unlink()
    write_properties(
        folder / "collection.properties", "HATS Collection", told | made_by()
    )
    if spread.unplaced:
        note(
            f"{spread.unplaced:,} rows have no position, and so no place in a HATS "
            "collection: they are left out."
        )
    return total


def _placed(connection: duckdb.DuckDBPyConnection, source: Source) -> _Placed:
    """Return rows with their cell of order 29 in front."""
    relation = source.relation
    ra, dec = _position(connection, source)
    facts = column_facts(connection, source)
    in_vounits = column_facts(connection, source, vounits=True)
    # Ours says what HATS's own index says; another column of that name stays.
    ours = {INDEX}
    if facts.get("healpix", {}).get("description", "").startswith("HEALPix cell"):
        ours.add("healpix")
    is_raw = source.table is not None and source.table.schema == "raw"
    if is_raw and "healpix" in relation.columns:
        cell = "healpix"
        ours.add(cell)
    else:
        at = [f"{quote_identifier(column)}::double" for column in (ra, dec)]
        cell = f"healpix_nested(29, wrapped_ra({at[0]}), {at[1]})"
    schema = schema_of(connection, relation)
    items = [f"{cell} as {INDEX}"]
    for item, kind in zip(
        parquet_items(schema, relation.types), relation.columns, strict=True
    ):
        if kind not in ours:
            items.append(item)
    relation = relation.select(", ".join(items))
    is_stored = source.is_stored
    if is_stored and cell != "healpix":
        # Looked at part by part, it would be worked out each time.
        ((rows,),) = relation.aggregate("count(*)").fetchall()
        is_stored = rows * sum(map(_width, schema.types)) <= _SORTED_BYTES
    whole = replace(source, relation=relation, table=None, is_stored=is_stored)
    found = kept(connection, whole)
    schema = schema_of(connection, found.relation)
    described = Described(
        name=source.name,
        facts={INDEX: _INDEX_FACTS, **facts},
        in_vounits={INDEX: _INDEX_FACTS, **in_vounits},
        is_simulated=source.is_simulated,
        said=source.said,
    )
    return _Placed(found, ra, dec, schema, described)


def _position(connection: duckdb.DuckDBPyConnection, source: Source) -> tuple[str, str]:
    """Return the position columns: those that the ingest took, or of usual names.

    Raises
    ------
    UsageError
        If there are none.
    """
    names = source.relation.columns
    if source.table is not None and source.table.schema == "raw":
        told = connection.execute(
            "select ra_column, dec_column from meta.ingests where survey = ? "
            "and ra_column is not null and dec_column is not null",
            [source.table.name],
        ).fetchall()
        if told and all(name in names for name in told[-1]):
            return told[-1][0], told[-1][1]
    found = usual_position(names)
    if found is None:
        raise UsageError(
            f"HATS is cut by position, and {source.name} has no columns named ra and "
            "dec (or a usual variant); a SELECT gives them those names with AS."
        )
    kinds = dict(zip(names, source.relation.types, strict=True))
    for name in found:
        if not str(kinds[name]).startswith(("DOUBLE", "FLOAT", "DECIMAL")):
            raise UsageError(
                f"HATS is cut by position, and {name} is {kinds[name]}, no degrees."
            )
    return found


@dataclass(frozen=True)
class _Spread:
    """Where on the sky the rows are: cells of the order `FINEST`, sorted."""

    cells: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    unplaced: int


def _count(relation: duckdb.DuckDBPyRelation, most: int) -> _Spread:
    """Return how many rows the cells of the sky have.

    The first of those within a coarser cell stands for it, if it has few enough.
    """
    ((unplaced,),) = relation.aggregate(f"count(*) - count({INDEX})").fetchall()
    relation = relation.filter(f"{INDEX} is not null")
    cells, n = _counted(relation, _COARSE)
    heavy = cells[n > most]
    finer, m = np.empty(0, np.int64), np.empty(0, np.int64)
    if len(heavy):
        named = ", ".join(map(str, heavy.tolist()))
        within = relation.filter(f"{INDEX} >> {2 * (29 - _COARSE)} in ({named})")
        finer, m = _counted(within, FINEST)
    coarse = cells[n <= most] << (2 * (FINEST - _COARSE))
    cells, n = np.concatenate([coarse, finer]), np.concatenate([n[n <= most], m])
    order = np.argsort(cells)
    return _Spread(cells[order], n[order], int(unplaced))


def _counted(
    relation: duckdb.DuckDBPyRelation, order: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the cells of an order that have rows, and how many each has."""
    cell = f"{INDEX} >> {2 * (29 - order)}"
    found = relation.aggregate(f"{cell} as cell, count(*) as n", cell).to_arrow_table()
    return found.column("cell").to_numpy(), found.column("n").to_numpy()


def _in_order(placed: _Placed, spread: _Spread) -> Iterator[pa.RecordBatch]:
    """Yield the rows in the order of the sky, so many at a time as memory sorts."""
    relation = placed.source.relation
    if not len(spread.cells):
        return
    width = sum(map(_width, placed.schema.types))
    # Which of the parts, all of about one size, each cell is in.
    part = (np.cumsum(spread.rows) - spread.rows) // max(_SORTED_BYTES // width, 1)
    first = np.flatnonzero(np.diff(part, prepend=-1))
    starts = spread.cells[first] << (2 * (29 - FINEST))
    ends = np.append(starts[1:], np.int64(12) << 58)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        within = relation.filter(f"{INDEX} >= {start} and {INDEX} < {end}")
        yield from within.order(INDEX).to_arrow_reader(_BATCH_ROWS)


def _width(kind: pa.DataType) -> int:
    """Return about how many bytes a value takes."""
    if pa.types.is_fixed_size_list(kind):
        return int(kind.list_size) * _width(kind.value_type)
    try:
        return max(1, int(kind.bit_width) // 8)
    except ValueError:  # texts and lists of any length
        return 32
