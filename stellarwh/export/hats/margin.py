"""The margin of a HATS catalogue: rows that lie near a partition, but in another one.

Rows near the border of their own partition are put aside as they go by, in a file; SQL
then finds the cells that each may reach, and the partitions that those are in.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stellarwh.errors import WarehouseError
from stellarwh.export.hats.partitions import Partitions
from stellarwh.quoting import quote_identifier

_NEAR = "stellarwh_hats_near"
_INCOMING = "stellarwh_hats_incoming"
_CELLS = "stellarwh_hats_cells"
_BATCH_ROWS = 50_000
_DEEPEST = 29


class Aside:
    """Puts rows near borders aside.

    Parameters
    ----------
    path : Path
        The file for them.
    schema : pyarrow.Schema
        Of the rows.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path = path
        self._schema = schema

    def __enter__(self) -> Self:
        self._file = pa.OSFile(str(self._path.absolute()), "wb")
        self._writer = pa.ipc.new_stream(self._file, self._schema)
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()
        self._file.close()

    def put(self, batch: pa.RecordBatch, near: npt.NDArray[np.bool_]) -> None:
        """Put those rows of a batch aside that lie near a border."""
        if near.any():
            self._writer.write_batch(batch.filter(pa.array(near)))


def reach_of(connection: duckdb.DuckDBPyConnection, margin: float) -> tuple[int, int]:
    """Return how far a margin reaches, and the finest order whose cells are as wide.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With our macros.
    margin : float
        In arcsec.

    Raises
    ------
    WarehouseError
        If an earlier version built the warehouse.
    """
    try:
        ((reach,),) = connection.execute("select healpix_reach(?)", [margin]).fetchall()
    except duckdb.CatalogException:
        raise WarehouseError(
            "Another version built this warehouse, without what a margin needs; "
            "run 'stellarwh build' and try again."
        ) from None
    return reach, _DEEPEST - (int(reach) - 1).bit_length()


@contextmanager
def margin_rows(
    connection: duckdb.DuckDBPyConnection,
    aside: Path,
    index: str,
    cells: Partitions,
    margin: float,
) -> Iterator[pa.RecordBatchReader]:
    """Give the rows of the margin, with the number of the partition in front.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With our macros.
    aside : Path
        The file of the rows that lie near a border.
    index : str
        Their column of cells of order 29.
    cells : Partitions
        The partitions.
    margin : float
        Its width in arcsec.
    """
    _, order = reach_of(connection, margin)
    healpix = quote_identifier(index)
    try:
        with pa.OSFile(str(aside.absolute()), "rb") as file:
            connection.register(_INCOMING, pa.ipc.open_stream(file))
            connection.execute(
                f"create or replace temp table {_NEAR} as "  # noqa: S608 - fixed names
                f"select row_number() over () as near_row, * from {_INCOMING}"
            )
        connection.register(_CELLS, cells.as_table())
        # Where cells of that order are wider than partitions, several lie in one.
        relation = connection.sql(
            f"with reached as materialized (select near_row, {healpix} as healpix, "  # noqa: S608 - quoted names
            f"unnest(healpix_within_reach({order}, {healpix}, {margin!r}::double)) "
            f"as cell from {_NEAR}), "
            "pairs as (select distinct reached.near_row, cells.number from reached "
            f"inner join {_CELLS} as cells "
            f"on cells.first <= healpix_last_child({order}, reached.cell, 29) "
            f"and cells.last >= healpix_first_child({order}, reached.cell, 29) "
            "where not reached.healpix between cells.first and cells.last) "
            f"select pairs.number, near_rows.* exclude (near_row) from pairs "
            f"inner join {_NEAR} as near_rows on pairs.near_row = near_rows.near_row "
            f"order by pairs.number, near_rows.{healpix}, pairs.near_row"
        )
        yield relation.to_arrow_reader(_BATCH_ROWS)
    finally:
        for name in (_INCOMING, _CELLS):
            connection.unregister(name)
        connection.execute(f"drop table if exists temp.{_NEAR}")
