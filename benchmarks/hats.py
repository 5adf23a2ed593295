"""Export as a HATS collection: processor time and memory, beside hats-import.

``make bench-hats`` stores simulated positions (uniform on the sky, eight columns, one
value in twenty missing) and exports them as a HATS collection with a margin of 10
arcsec, in a process of its own; where hats-import is installed, it makes the same
collection of the same rows from a Parquet file, and the ratio of the two is printed.
Goal: 3 processor seconds for a million rows. ``--rows 10 100`` are millions.
"""

import argparse
import importlib.util
import sys
import tempfile
from pathlib import Path

from measure import Measured, measure, measure_command

IMPORT = """
import sys, warnings
warnings.simplefilter("ignore")
from dask.distributed import Client
from hats_import.collection.arguments import CollectionArguments
from hats_import.collection.run_import import run
if __name__ == "__main__":
    made, out, rows = sys.argv[1:]
    arguments = CollectionArguments(
        output_artifact_name="theirs", output_path=out, progress_bar=False,
    ).catalog(
        input_file_list=[made], file_reader="parquet", ra_column="ra",
        dec_column="dec", pixel_threshold=int(rows),
    ).add_margin(margin_threshold=10.0, is_default=True)
    with Client(n_workers=1, threads_per_worker=1, processes=False) as client:
        run(arguments, client)
"""
STORE = """
import sys
from pathlib import Path
from stellarwh.warehouse.database import open_warehouse
with open_warehouse(Path(sys.argv[1])) as connection:
    connection.execute(sys.argv[2])
"""
ROWS = """
create table raw.simulated as
select *, healpix_nested(29, ra, "dec") as healpix
from (select
    i as source_id,
    360 * random() as ra,
    degrees(asin(2 * random() - 1)) as dec,
    case when random() > 0.05 then (3 + 18 * sqrt(random()))::float end as g_mag,
    case when random() > 0.05 then (5 * random())::float end as bp_rp,
    case when random() > 0.05 then random() / random() end as parallax,
    case when random() > 0.05 then 10 * random() - 5 end as pmra,
    case when random() > 0.05 then 10 * random() - 5 end as pmdec
from range({rows}) as t (i))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, nargs="+", default=[1.0])
    parser.add_argument("--partition", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    for millions in options.rows:
        with tempfile.TemporaryDirectory(dir=options.folder) as made:
            compare(Path(made), int(millions * 1e6), options.partition)


def compare(folder: Path, rows: int, partition: int) -> None:
    """Export simulated rows, and print what it took, beside hats-import's."""
    path, out = folder / "sky.duckdb", folder / "ours"
    # In a process of its own: the peak of a child begins with that of its parent.
    measure(STORE, str(path), ROWS.format(rows=rows))
    program = [sys.executable, "-m", "stellarwh", "--warehouse", str(path), "export"]
    asked = ["--format", "hats", "--partition-rows", str(partition)]
    ours = measure_command([*program, "raw.simulated", str(out), *asked])
    print(f"{rows:,} simulated rows x 8 columns, margin 10 arcsec")
    report("stellarwh", ours, out)
    if importlib.util.find_spec("hats_import") is None:
        print("  hats-import is not installed: pip install hats-import")
        return
    parquet, script = folder / "sky.parquet", folder / "theirs.py"
    measure_command([*program, "raw.simulated", str(parquet)])
    script.write_text(IMPORT)
    arguments = [str(parquet), str(folder), str(partition)]
    theirs = measure_command([sys.executable, str(script), *arguments])
    report("hats-import", theirs, folder / "theirs")
    ratio = ours.processor / theirs.processor
    print(f"  stellarwh takes {ratio:.2f} of its processor time")


def report(name: str, measured: Measured, folder: Path) -> None:
    """Print what a subject took."""
    if measured.status:
        print(f"  {name} failed with status {measured.status}")
        return
    files = [file for file in folder.rglob("*.parquet") if file.is_file()]
    size = sum(file.stat().st_size for file in files) / 1e6
    print(
        f"  {name}: {measured.processor:.2f} processor s, {measured.seconds:.1f} s, "
        f"{measured.peak_mb:.0f} MB peak; {len(files)} files, {size:.0f} MB",
        flush=True,
    )


if __name__ == "__main__":
    main()
