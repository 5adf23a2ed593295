"""A match against files that were never ingested, beside reading those files.

``make bench-match-files`` writes a simulated HATS catalogue (uniform on the sky, cells
of order 3, positions and ids alone) and a file of a fiftieth of its rows, a tenth of
which are in both; then prints processor seconds, wall time and peak memory of

* `stellarwh match` of the two, all pairs;
* counting the same columns of the same files, by DuckDB;
* `crossmatch` of a part of them from stored tables to a stored table, a row;

and the ratio of the first to the sum of the others (goal 1.5), and whether the pairs
are those of the stored part. 50 million rows by default: ``--rows 500`` is the full
size (14 GB of disk, ten minutes).
"""

import argparse
import shutil
import tempfile
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from match import MATCH
from measure import Measured, measure, measure_command

from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.database import open_warehouse

ORDER = 3
CELLS = 12 * 4**ORDER
# Of the right side's rows the left one has one in so many, a tenth of them the same.
PART, COMMON = 50, 10
COUNT = """
import sys, duckdb
with duckdb.connect() as connection:
    connection.execute("set threads = 2")
    print(connection.execute("select count(*) from read_parquet($1) where "
        "source_id is not null and ra is not null and dec is not null",
        [sys.argv[1]]).fetchall()[0][0])
"""
STORE = """
create or replace table main.{table} as
select *, healpix_nested(29, ra, dec) as healpix from ({rows}) order by healpix
"""
# How many rows of the right side are matched as stored tables.
STORED = 50_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, default=50, help="millions")
    parser.add_argument("--folder", type=Path, help="where to write; emptied after")
    options = parser.parse_args()
    rows = int(options.rows * 1e6)
    with tempfile.TemporaryDirectory(dir=options.folder) as made:
        compare(Path(made), rows)


def compare(folder: Path, rows: int) -> None:
    """Write the catalogues and print how they are matched."""
    each = rows // CELLS
    catalogue, left = folder / "catalogue", folder / "left.parquet"
    write_catalogue(catalogue, each)
    write_left(catalogue, left, each)
    dataset = catalogue / "dataset"
    size = sum(path.stat().st_size for path in dataset.rglob("*.parquet")) / 1e9
    print(f"{each * CELLS // PART:,} x {each * CELLS:,} rows, {size:.1f} GB")
    pairs = folder / "pairs.parquet"
    count = measure(COUNT, str(dataset / "*/*/*.parquet"))
    command = [shutil.which("stellarwh") or "stellarwh", "--warehouse"]
    command += [str(folder / "none.duckdb"), "match", str(left), str(catalogue)]
    command += ["--left-epoch", "2016", "--right-epoch", "2016", "--out", str(pairs)]
    ours = measure_command(command)
    stored_rows, stored = match_stored(folder, each, pairs)
    tell("DuckDB, count(*) of the columns", count)
    tell("stellarwh match, files to a file", ours)
    tell(f"crossmatch, {stored_rows:,} rows, stored to stored", stored)
    share = each * CELLS / stored_rows
    for what in ("processor", "seconds"):
        bar = getattr(count, what) + share * getattr(stored, what)
        print(f"{getattr(ours, what) / bar:.2f} x the two together, {what} (goal 1.5)")
    print(f"{ours.peak_mb:,.0f} MB peak (goal 2,000)")


def tell(name: str, found: Measured) -> None:
    """Print one subject's figures."""
    print(f"{name:50} {found.processor:8.1f} s of processor {found.seconds:8.1f} s "
          f"{found.peak_mb:7,.0f} MB peak")  # fmt: skip


def match_stored(folder: Path, each: int, pairs: Path) -> tuple[int, Measured]:
    """Match a part from stored tables and compare its pairs with those of the files."""
    path = folder / "stored.duckdb"
    cells = max(min(CELLS, STORED // each), 1)
    parts = [str(cell_path(folder / "catalogue", cell)) for cell in range(cells)]
    # In the child: a process starts at its parent's peak.
    task = get_context("spawn").Process(target=store, args=(path, folder, parts))
    task.start()
    task.join()
    if task.exitcode:
        raise SystemExit("the tables could not be made")
    found = measure(MATCH, str(path), "2GB")
    with open_warehouse(path, folders=[folder]) as connection:
        same = connection.execute(
            "select (select count(*) from main.pairs), count(*), "
            "(select bit_xor(hash(left_id, right_id)) from main.pairs) "
            "is not distinct from bit_xor(hash(left_id, right_id)) "
            f"from read_parquet('{pairs}') where right_id < {cells * each} "
            "and left_id in (select source_id from main.lefts)"
        ).fetchall()[0]
    print(f"pairs of that part: {same[0]:,} stored, {same[1]:,} of files, "
          f"{'the same' if same[2] else 'OTHERS'}")  # fmt: skip
    return cells * each, found


def store(path: Path, folder: Path, parts: list[str]) -> None:
    """Store as large a part of the left side as of the right one."""
    with open_warehouse(path, folders=[folder]) as connection:
        build_views(connection)
        connection.execute("set threads = 2")
        connection.execute("set memory_limit = '4GB'")
        connection.execute("set preserve_insertion_order = false")
        rows = f"select * from read_parquet({parts!r})"
        connection.execute(STORE.format(table="rights", rows=rows))
        rows = f"select * from read_parquet('{folder / 'left.parquet'}')"
        # Wherever they are: as many to each row of the right side as in all.
        rows += f" where hash(source_id) % {CELLS} < {len(parts)}"
        connection.execute(STORE.format(table="lefts", rows=rows))


def write_catalogue(folder: Path, each: int) -> None:
    """Write a HATS catalogue of as many rows in each cell."""
    with get_context("spawn").Pool(2) as pool:
        pool.starmap(write_cell, [(folder, cell, each) for cell in range(CELLS)])
    (folder / "hats.properties").write_text(
        "dataproduct_type=object\nhats_col_ra=ra\nhats_col_dec=dec\n"
        f"hats_nrows={CELLS * each}\nhats_order={ORDER}\n"
    )


def cell_path(folder: Path, cell: int) -> Path:
    """Return where the rows of a cell are."""
    return folder / "dataset" / f"Norder={ORDER}" / "Dir=0" / f"Npix={cell}.parquet"


def write_cell(folder: Path, cell: int, each: int) -> None:
    """Write rows that are even in a cell, roughly in the order of the sky."""
    rng = np.random.default_rng(cell)
    x, y = rng.random(each), rng.random(each)
    block = np.floor(x * 16) * 16 + np.floor(y * 16)
    order = np.argsort(block)
    ra, dec = inside(cell, x[order], y[order])
    ids = np.arange(cell * each, (cell + 1) * each)
    path = cell_path(folder, cell)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        pa.table({"source_id": ids, "ra": ra, "dec": dec}),
        path,
        compression="zstd",
        row_group_size=122_880,
    )


def inside(cell: int, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return places in a cell of the nested scheme (Gorski et al. 2005, section 4)."""
    face, within = divmod(cell, 4**ORDER)
    column = sum((within >> 2 * i & 1) << i for i in range(ORDER))
    row = sum((within >> 2 * i + 1 & 1) << i for i in range(ORDER))
    x, y = (column + x) / 2**ORDER, (row + y) / 2**ORDER
    ring = (2, 3, 4)[face // 4] - x - y
    near = np.where(ring < 1, ring, np.where(ring > 3, 4 - ring, 1.0))
    polar = np.where(ring < 1, 1 - near**2 / 3, near**2 / 3 - 1)
    z = np.where((ring < 1) | (ring > 3), polar, (2 - ring) * 2 / 3)
    quarter = 2 * (face % 4) + (0 if face // 4 == 1 else 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        turn = np.where(near > 0, quarter * near + x - y, 0) / np.maximum(near, 1e-300)
    return 45 * turn % 360, np.degrees(np.arcsin(z))


def write_left(catalogue: Path, path: Path, each: int) -> None:
    """Write the other side, in no order: a tenth near rows of the catalogue."""
    rng = np.random.default_rng(CELLS)
    rows = CELLS * each // PART
    ra = rng.uniform(0, 360, rows)
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, rows)))
    few = rows // COMMON // CELLS
    for cell in range(CELLS):
        found = pq.read_table(cell_path(catalogue, cell), columns=["ra", "dec"])
        some = found.take(rng.integers(0, each, few))
        at = slice(cell * few, (cell + 1) * few)
        dec[at] = some["dec"].to_numpy() + rng.uniform(-1e-4, 1e-4, few)
        wide = np.maximum(np.cos(np.radians(dec[at])), 1e-3)
        ra[at] = (some["ra"].to_numpy() + rng.uniform(-1e-4, 1e-4, few) / wide) % 360
    dec = np.clip(dec, -90, 90)
    order = rng.permutation(rows)
    ids = rng.permutation(rows)
    table = pa.table({"source_id": ids, "ra": ra[order], "dec": dec[order]})
    pq.write_table(table, path, row_group_size=122_880)


if __name__ == "__main__":
    main()
