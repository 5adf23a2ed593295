"""Export of a wide table: processor time and memory against COPY and astropy.

``make bench-export`` makes a table of 60 columns (doubles, floats, integers, texts,
truth values, one value in twenty missing) and writes it in each format, each subject a
process of its own. Parquet and CSV are compared with DuckDB's COPY of the same table;
FITS, VOTable and ECSV with astropy's writers, which get the rows as a masked table.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from stellarwh.warehouse.database import open_warehouse

COPY = """
import duckdb, sys
path, out, options = sys.argv[1:]
connection = duckdb.connect(path, read_only=True)
connection.execute(f"copy (from raw.wide) to '{out}' ({options})")
"""
ASTROPY = """
import duckdb, sys
import numpy as np
from astropy.table import Table
path, out, kind = sys.argv[1:]
connection = duckdb.connect(path, read_only=True)
columns = connection.sql("from raw.wide").fetchnumpy()
# Texts that are objects cannot be written to FITS or VOTable.
for name, values in columns.items():
    if values.dtype == object:
        texts = np.ma.filled(values, "").astype(str)
        columns[name] = np.ma.array(texts, mask=np.ma.getmaskarray(values))
kinds = {"votable": {"format": "votable", "tabledata_format": "binary2"}}
Table(columns).write(out, **kinds.get(kind, {"format": kind}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--astropy-rows", type=int, default=200_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        path = store(folder / "wide.duckdb", options.rows)
        print(f"{options.rows:,} rows x 60 columns")
        against(
            folder, path, "parquet",
            {
                "COPY": "format parquet",
                "COPY, zstd": "format parquet, compression zstd",
            },
        )  # fmt: skip
        against(folder, path, "csv", {"COPY": "format csv, header"})
        path = store(folder / "fewer.duckdb", options.astropy_rows)
        print(f"{options.astropy_rows:,} rows x 60 columns")
        for ending, kind in (
            ("fits", "fits"), ("vot", "votable"), ("ecsv", "ascii.ecsv")
        ):  # fmt: skip
            against(folder, path, ending, {"astropy": kind})


def against(folder: Path, path: Path, ending: str, peers: dict[str, str]) -> None:
    """Write a table in one format, by stellarwh and by each peer."""
    out = folder / f"ours.{ending}"
    program = [sys.executable, "-m", "stellarwh", "--warehouse", str(path)]
    ours, peak = processor([*program, "export", "raw.wide", str(out)])
    size = out.stat().st_size / 1e6
    print(
        f"{ending}: stellarwh {ours:.2f} processor s, {peak:.0f} MB peak, {size:.0f} MB"
    )
    out.unlink()
    for name, options in peers.items():
        code = ASTROPY if name == "astropy" else COPY
        out = folder / f"theirs.{ending}"
        command = [sys.executable, "-c", code, str(path), str(out), options]
        theirs, peak = processor(command)
        size = out.stat().st_size / 1e6
        print(f"  {name} {theirs:.2f} s, {peak:.0f} MB peak, {size:.0f} MB: "
              f"stellarwh takes {ours / theirs:.2f} of it")  # fmt: skip
        out.unlink()


def processor(command: list[str]) -> tuple[float, float]:
    """Run a command; return its seconds of processor time and its peak in MB."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"a subject failed with status {status}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def store(path: Path, rows: int) -> Path:
    """Store the table in a new warehouse; the same one in every run."""
    kinds = {
        "double": (20, "hash(i, {n}) % 1_000_000 / 997.0"),
        "float": (20, "hash(i, {n}) % 100_000 / 313.0"),
        "integer": (10, "hash(i, {n}) % 5_000"),
        "bigint": (3, "hash(i, {n}) >> 1"),
        "varchar": (4, "'2M' || lpad((hash(i, {n}) % 10_000_000)::varchar, 16, '0')"),
        "boolean": (3, "hash(i, {n}) % 2 = 0"),
    }
    columns = []
    for kind, (count, value) in kinds.items():
        for _ in range(count):
            n = len(columns)
            known = f"hash(i, {n}, 1) % 20 > 0"
            columns.append(
                f"case when {known} then ({value.format(n=n)})::{kind} end as c{n}"
            )
    with open_warehouse(path) as connection:
        connection.execute(
            f"create table raw.wide as select {', '.join(columns)} "
            f"from range({rows}) as t (i)"
        )
    return path


if __name__ == "__main__":
    main()
