"""Write a table as a HATS collection: a catalogue and its margin, cut by HEALPix."""

import shutil
from dataclasses import dataclass
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
from stellarwh.export.hats.partitions import FINEST, Partitions, cut
from stellarwh.export.source import Source, column_facts, kept
from stellarwh.quoting import quote_identifier
from stellarwh.runtime.listening import note

_BATCH_ROWS = 122_880
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
    cells, total, unplaced = _partitions(placed, options.rows)
    rows = placed.source.relation.filter(f"{INDEX} is not null").order(INDEX)
    counted = Counted(progress, total)
    main = CatalogueWriter(folder / name, placed.schema, placed.described, cells)
    aside = folder / "near.arrow"
    reach = reach_of(connection, options.margin)[0] if options.margin else 0
    with Aside(aside, placed.schema) as near:
        for batch in rows.to_arrow_reader(_BATCH_ROWS):
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
    if unplaced:
        note(
            f"{unplaced:,} rows have no position, and so no place in a HATS "
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
    found = kept(
        connection, Source(**{**vars(source), "relation": relation, "table": None})
    )
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


def _partitions(placed: _Placed, most: int) -> tuple[Partitions, int, int]:
    """Return the partitions, and how many rows have a position and how many none."""
    relation = placed.source.relation
    ((unplaced,),) = relation.aggregate(f"count(*) - count({INDEX})").fetchall()
    relation = relation.filter(f"{INDEX} is not null")
    cells, n = _counted(relation, _COARSE)
    heavy = cells[n > most]
    # Few cells hold so many rows that they are looked at more closely.
    finer, m = np.empty(0, np.int64), np.empty(0, np.int64)
    if len(heavy):
        named = ", ".join(map(str, heavy.tolist()))
        within = relation.filter(f"{INDEX} >> {2 * (29 - _COARSE)} in ({named})")
        finer, m = _counted(within, FINEST)
    cells, n = cells[n <= most] << (2 * (FINEST - _COARSE)), n[n <= most]
    cells, n = np.concatenate([cells, finer]), np.concatenate([n, m])
    order = np.argsort(cells)
    return cut(cells[order], n[order], most), int(n.sum()), int(unplaced)


def _counted(
    relation: duckdb.DuckDBPyRelation, order: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the cells of an order that have rows, and how many each has."""
    cell = f"{INDEX} >> {2 * (29 - order)}"
    found = relation.aggregate(f"{cell} as cell, count(*) as n", cell).to_arrow_table()
    return found.column("cell").to_numpy(), found.column("n").to_numpy()
