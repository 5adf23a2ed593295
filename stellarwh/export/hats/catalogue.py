"""Write one HATS catalogue: its partitions, and what is said of them all."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from stellarwh import __version__
from stellarwh.catalogues.parquet.write import Described, PartWriter
from stellarwh.export.hats.partitions import Partitions

INDEX = "_healpix_29"
# Rows of a row group.
_GROUP_ROWS = 122_880
# As many folders as the IVOA note wants cells in each.
_PER_FOLDER = 10_000


class CatalogueWriter:
    """Writes the partitions of one catalogue, one after the other.

    Parameters
    ----------
    folder : Path
        Of the catalogue; it is made.
    schema : pyarrow.Schema
        Of its rows.
    described : Described
        What is known of its columns.
    partitions : Partitions
        The cells that it may have.
    """

    def __init__(
        self, folder: Path, schema: pa.Schema, described: Described, cells: Partitions
    ) -> None:
        self.folder = folder
        self.dataset = folder / "dataset"
        self.dataset.mkdir(parents=True)
        self.rows: dict[int, int] = {}
        self._cells = cells
        self._schema = schema
        self._described = described
        self._told = described.footer(schema)
        self._waiting: list[pa.RecordBatch] = []
        self._here = -1
        self._writer: PartWriter | None = None
        self._footer: pq.FileMetaData | None = None

    def write(self, batch: pa.RecordBatch, numbers: npt.NDArray[np.int64]) -> None:
        """Write rows, of which the partitions are numbered and never go back."""
        starts = np.flatnonzero(np.diff(numbers, prepend=-1))
        ends = np.append(starts[1:], len(numbers))
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            number = int(numbers[start])
            if number != self._here:
                self._end()
                self._begin(number)
            self._waiting.append(batch.slice(start, end - start))
            self.rows[number] += end - start
            if sum(part.num_rows for part in self._waiting) >= _GROUP_ROWS:
                self._flush()

    def finish(self, properties: Mapping[str, object]) -> None:
        """Write what is said of all partitions."""
        self._end()
        cells = [self._cell(number) for number in self.rows]
        covered = sum(1 / (12 << 2 * order) for order, _ in cells)
        most = max(self.rows.values(), default=0)
        told = {
            **properties,
            "hats_nrows": sum(self.rows.values()),
            "hats_order": max((order for order, _ in cells), default=0),
            "hats_max_rows": most,
            "hats_col_healpix": INDEX,
            "hats_col_healpix_order": 29,
            "hats_npix_suffix": ".parquet",
            "hats_estsize": _kilobytes(self.dataset),
            "moc_sky_fraction": f"{covered:.6g}",
            **made_by(),
        }
        lines = [f"{order},{cell}\n" for order, cell in cells]
        (self.folder / "partition_info.csv").write_text(
            "Norder,Npix\n" + "".join(lines), encoding="utf-8"
        )
        # Older readers look for the second name.
        for name in ("hats.properties", "properties"):
            write_properties(self.folder / name, "HATS catalog", told)
        schema = self._described.schema(self._schema)
        pq.write_metadata(schema, (self.dataset / "_common_metadata").absolute())
        if self._footer is not None:
            self._footer.write_metadata_file((self.dataset / "_metadata").absolute())
        else:
            pq.write_metadata(schema, (self.dataset / "_metadata").absolute())

    def _cell(self, number: int) -> tuple[int, int]:
        return int(self._cells.orders[number]), int(self._cells.cells[number])

    def _begin(self, number: int) -> None:
        order, cell = self._cell(number)
        within = Path(f"Norder={order}", f"Dir={cell // _PER_FOLDER * _PER_FOLDER}")
        (self.dataset / within).mkdir(parents=True, exist_ok=True)
        name = within / f"Npix={cell}.parquet"
        self._writer = PartWriter(self.dataset / name, self._schema, self._told)
        self._name, self._here = name, number
        self.rows[number] = 0

    def _flush(self) -> None:
        if self._writer is not None and self._waiting:
            self._writer.write(pa.Table.from_batches(self._waiting, self._schema))
            self._waiting = []

    def _end(self) -> None:
        if self._writer is None:
            return
        self._flush()
        footer = self._writer.close()
        footer.set_file_path(self._name.as_posix())
        if self._footer is None:
            self._footer = footer
        else:
            self._footer.append_row_groups(footer)
        self._writer = None


def made_by() -> dict[str, object]:
    """Return what every file of properties says of who wrote it."""
    return {
        "hats_version": "v1.0",
        "hats_builder": f"stellarwh v{__version__}",
        "hats_creation_date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
    }


def write_properties(path: Path, what: str, told: Mapping[str, object]) -> None:
    """Write a file of properties, as Java has them."""
    lines = [f"{key}={_escaped(str(value))}\n" for key, value in told.items()]
    path.write_text(f"#{what}\n" + "".join(lines), encoding="utf-8")


def _escaped(text: str) -> str:
    # A line ends a property, and a backslash begins a sign of its own.
    return " ".join(text.replace("\\", "\\\\").split())


def _kilobytes(folder: Path) -> int:
    return sum(f.stat().st_size for f in folder.rglob("*.parquet")) // 1024
