"""Ingest against the peers: the same file, the same machine, one process each.

``make bench-ingest`` prints seconds, MB of file per second, peak resident memory and
the ratios; then the same for a gzipped file, the size of the warehouse beside zstd
Parquet, and with ``--sizes 1,4,10`` (GB) how time and memory grow. Each subject is a
process of its own; the page cache is warmed first and the best of the repeats counts
for every subject. The file is simulated, in APOGEE's layout; larger ones repeat it.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from astropy.io import fits
from measure import Measured, measure

from stellarwh.surveys.known import read_survey

SIMULATE = """
import sys
from pathlib import Path
from stellarwh.simulate import simulate
simulate(Path(sys.argv[1]), stars={stars}, seed=1, full_width=True)
"""
STELLARWH = """
import sys
from pathlib import Path
from stellarwh.warehouse.database import open_warehouse
from stellarwh.ingest import ingest_survey
with open_warehouse(Path(sys.argv[2])) as connection:
    ingest_survey(connection, "apogee", Path(sys.argv[1]), all_columns={all_columns})
"""
ASTROPY = """
import sys, warnings
import duckdb
from astropy.table import Table
warnings.simplefilter("ignore")
table = Table.read(sys.argv[1])
flat = [name for name in table.colnames if table[name].ndim == 1]
frame = table[flat].to_pandas()
if {arrays}:
    import numpy, pandas
    rows = len(table)
    lists = {{
        name: list(numpy.asarray(table[name]).astype(
            table[name].dtype.newbyteorder("=")).reshape(rows, -1))
        for name in table.colnames if name not in flat
    }}
    frame = pandas.concat([frame, pandas.DataFrame(lists)], axis=1)
with duckdb.connect(sys.argv[2]) as connection:
    connection.execute("create table apogee as select * from frame")
"""
INFLATE = """
import sys
from {module} import open
with open(sys.argv[1], "rb") as file:
    while file.read(1 << 20):
        pass
"""
PARQUET = """
import os, sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    connection.execute(f"copy (from raw.apogee) to '{sys.argv[2]}' (compression zstd)")
print(os.path.getsize(sys.argv[1]) / os.path.getsize(sys.argv[2]))
"""
FITSIO = """
import sys
import duckdb, fitsio, numpy as np, pyarrow as pa
columns = sys.argv[3].split(",")
with fitsio.FITS(sys.argv[1]) as file:
    rows = file[1].read(columns=columns)
arrays = {}
for name in columns:
    values = rows[name]
    if values.dtype.kind == "S":
        arrays[name] = pa.array(values.astype(str))
    elif values.ndim == 2:
        flat = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("="))
        arrays[name] = pa.FixedSizeListArray.from_arrays(
            pa.array(flat.reshape(-1)), values.shape[1])
    else:
        arrays[name] = pa.array(values.astype(values.dtype.newbyteorder("=")))
rows = pa.table(arrays)
with duckdb.connect(sys.argv[2]) as connection:
    connection.execute("create table apogee as select * from rows")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stars", type=int, default=700_000)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--file", type=Path, help="an allStar file to take instead")
    parser.add_argument("--sizes", default="", help="GB of larger files, as in 1,4,10")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if options.file is None:
            # In a process of its own: a child's peak memory starts with its parent's.
            code = SIMULATE.format(stars=options.stars)
            subprocess.run([sys.executable, "-c", code, made], check=True)
        path = options.file or folder / "allStar-dr17-synspec_rev1.fits"
        compare(path, folder / "bench.duckdb", options.repeats)
        compare_gzip(path, folder, options.repeats)
        compare_size(path, folder)
        for size in filter(None, options.sizes.split(",")):
            grow(path, folder, float(size))


def compare_gzip(path: Path, folder: Path, repeats: int) -> None:
    """Print how long a gzipped file takes, beside decompressing it alone."""
    zipped, into = folder / "zipped.fits.gz", folder / "gzip.duckdb"
    with zipped.open("wb") as file:
        subprocess.run(["gzip", "-c", "-4", str(path)], stdout=file, check=True)
    subjects = {
        "stellarwh, declared columns of .fits.gz": STELLARWH.format(all_columns=False),
        "isal alone": INFLATE.format(module="isal.igzip"),
        "Python's gzip alone": INFLATE.format(module="gzip"),
    }
    found = {}
    for name, code in subjects.items():
        times = []
        for _ in range(repeats):
            times.append(measure(code, str(zipped), str(into)).seconds)
            into.unlink(missing_ok=True)
        found[name] = min(times)
        print(f"{name:45} {found[name]:7.2f} s")
    started = time.perf_counter()
    subprocess.run(["gzip", "-t", str(zipped)], check=True)
    found["gzip -t alone"] = time.perf_counter() - started
    print(f"{'gzip -t alone':45} {found['gzip -t alone']:7.2f} s")
    ours, *alone = found.values()
    ratios = ", ".join(
        f"{ours / seconds:.2f} x {name}"
        for name, seconds in zip(list(found)[1:], alone, strict=True)
    )
    print(f"gzipped: {ratios} (target 1.15)")
    zipped.unlink()


def compare_size(path: Path, folder: Path) -> None:
    """Print the size of the warehouse in units of what zstd Parquet takes."""
    for all_columns in (False, True):
        into, parquet = folder / "size.duckdb", folder / "size.parquet"
        code = STELLARWH.format(all_columns=all_columns)
        measure(code, str(path), str(into))
        printed = measure(PARQUET, str(into), str(parquet)).printed
        which = "all" if all_columns else "declared"
        ratio = float(printed.split()[-1])
        print(f"warehouse, {which} columns: {ratio:.2f} x zstd Parquet (target 1.1)")
        into.unlink()
        parquet.unlink()


def grow(path: Path, folder: Path, gigabytes: float) -> None:
    """Print time and memory for a file of about this size."""
    large, into = folder / "large.fits", folder / "large.duckdb"
    repeat_rows(path, large, max(1, round(gigabytes * 1e9 / path.stat().st_size)))
    warm_page_cache(large)
    megabytes = large.stat().st_size / 1e6
    for all_columns in (False, True):
        code = STELLARWH.format(all_columns=all_columns)
        found = measure(code, str(large), str(into))
        which = "all" if all_columns else "declared"
        print(
            f"{megabytes:,.0f} MB, {which} columns: {found.seconds:.1f} s, "
            f"{megabytes / found.seconds:.0f} MB/s, {found.peak_mb:.0f} MB peak"
        )
        into.unlink()
    large.unlink()


def repeat_rows(path: Path, into: Path, times: int) -> None:
    """Write a FITS file whose table has the rows of another one several times."""
    with fits.open(path) as file:
        header, layout = file[1].header, file[1].fileinfo()
        rows = header["NAXIS1"] * header["NAXIS2"]
        start = layout["datLoc"]
        header["NAXIS2"] *= times
        text = header.tostring().encode()
    with path.open("rb") as source, into.open("wb") as target:
        target.write(source.read(layout["hdrLoc"]) + text)
        for _ in range(times):
            source.seek(start)
            left = rows
            while left:
                left -= target.write(source.read(min(left, 1 << 24)))
        target.write(bytes(-rows * times % 2880))


def compare(path: Path, into: Path, repeats: int) -> None:
    """Measure every subject on the file and print the figures and ratios."""
    megabytes = path.stat().st_size / 1e6
    declared = ",".join(column.name for column in read_survey("apogee").columns)
    print(f"{path.name}: {megabytes:,.0f} MB, {os.cpu_count()} cores")
    subjects = {
        "stellarwh, declared columns": (STELLARWH.format(all_columns=False),),
        "fitsio columns -> Arrow -> DuckDB": (FITSIO, declared),
        "astropy Table -> pandas, no arrays -> DuckDB": (ASTROPY.format(arrays=False),),
        "stellarwh --all-columns": (STELLARWH.format(all_columns=True),),
        "astropy Table -> pandas, arrays -> DuckDB": (ASTROPY.format(arrays=True),),
    }
    warm_page_cache(path)
    best: dict[str, Measured] = {}
    for _ in range(repeats):
        for name, (code, *rest) in subjects.items():
            found = measure(code, str(path), str(into), *rest)
            into.unlink()
            faster = (found, best.get(name, found))
            best[name] = min(faster, key=lambda found: found.seconds)
    for name, found in best.items():
        rate = megabytes / found.seconds
        figures = f"{found.seconds:7.2f} s {rate:6.0f} MB/s"
        print(f"{name:45} {figures} {found.peak_mb:6.0f} MB peak")
    ours, fitsio, flat, whole, arrays = (found.seconds for found in best.values())
    print(f"declared columns: {flat / ours:.1f} x astropy's speed (target 4)")
    print(f"declared columns: {fitsio / ours:.1f} x fitsio's speed (target 1.2)")
    print(f"all columns: {arrays / whole:.1f} x astropy's speed (target 3)")


def warm_page_cache(path: Path) -> None:
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass


if __name__ == "__main__":
    main()
