"""The cross-match against the peers: the same skies, the same machine.

``make bench-match`` prints seconds, peak resident memory and ratios of 734,000 x
6,200,000 positions within 1 arcsec (all pairs, from stored tables to a stored pair
table), beside astropy's nearest neighbour and STILTS; then how the match grows with
its right side in bounded memory, how long a cone search takes and how much of the table
it reads, and how many positions a second ``healpix_nested`` places. Each subject is a
process of its own and runs on two threads. The skies are simulated: uniform, with
100,000 stars in common.
"""

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import duckdb
import numpy as np
from astropy.table import Table
from measure import Measured, measure, measure_command

from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.database import open_warehouse

LEFT, RIGHT, COMMON = 734_000, 6_200_000, 100_000
SIDES = ("lefts", "rights")
SEARCHES, SEARCHED = 50, 10_000_000
SKY = """
select range as source_id, 360 * random() as ra, degrees(asin(2 * random() - 1)) as dec
from range({rows})
"""
# The first stars of the right side, up to 0.3 arcsec off, and others.
PARTNERS = """
select source_id, (ra + 0.00008 * (random() - 0.5) / cos(radians(dec))) % 360 as ra,
    dec + 0.00008 * (random() - 0.5) as dec
from {right} where source_id < {common} and abs(dec) < 89 and ra between 1 and 359
union all
select source_id, ra, dec from ({sky}) where source_id >= {common}
"""
STORE = """
create or replace table main.{table} as
select *, healpix_nested(29, ra, dec) as healpix from ({rows}) order by healpix
"""
MATCH = """
import sys, time, duckdb
with duckdb.connect(sys.argv[1]) as connection:
    connection.execute("set threads = 2")
    connection.execute("set enable_progress_bar = false")
    connection.execute("set preserve_insertion_order = false")
    if len(sys.argv) > 2:
        connection.execute(f"set memory_limit = '{sys.argv[2]}'")
    started = time.perf_counter()
    connection.execute("create or replace table main.pairs as select left_id, "
        "right_id, separation from crossmatch('main.lefts', 'main.rights', 1.0)")
    print(time.perf_counter() - started)
    print(connection.execute("select count(*) from main.pairs").fetchall()[0][0])
"""
ASTROPY = """
import sys, time
import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord, match_coordinates_sky
left, right = (np.load(path) for path in sys.argv[1:3])
started = time.perf_counter()
index, apart, _ = match_coordinates_sky(
    SkyCoord(*left, unit="deg"), SkyCoord(*right, unit="deg"))
found = np.flatnonzero(apart < 1 * u.arcsec)
np.save(sys.argv[3], np.stack([found, index[found]]))
print(time.perf_counter() - started)
print(found.size)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--sizes", default="1,10,100", help="millions of rows")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        apart(store_for_all, folder)
        compare(folder, options.repeats)
        for millions in filter(None, options.sizes.split(",")):
            grow(folder, int(float(millions) * 1e6))


def apart(task: object, *arguments: object) -> None:
    """Run a function in a process of its own: a child starts at its parent's peak."""
    process = get_context("spawn").Process(target=task, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit("the skies could not be made")


def store_for_all(folder: Path) -> None:
    """Store the skies of the comparison, for the peers too."""
    path = folder / "match.duckdb"
    store_skies(path, LEFT, RIGHT)
    with open_warehouse(path) as connection:
        time_healpix(connection)
        write_for_peers(connection, folder)


def store_skies(path: Path, left: int, right: int) -> None:
    """Store two skies in a new warehouse; the same ones in every run."""
    with open_warehouse(path) as connection:
        build_views(connection)
        connection.execute("set threads = 2")
        connection.execute("set preserve_insertion_order = false")
        connection.execute("select setseed(0.5)").fetchall()
        rows = SKY.format(rows=right)
        connection.execute(STORE.format(table="rights", rows=rows))
        sky = SKY.format(rows=left)
        rows = PARTNERS.format(right="main.rights", common=COMMON, sky=sky)
        connection.execute(STORE.format(table="lefts", rows=rows))


def write_for_peers(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the positions as peers read them fastest, in the order of a catalogue."""
    for side in SIDES:
        columns = connection.sql(
            f"select ra, dec from main.{side} order by hash(source_id)"
        ).fetchnumpy()
        both = np.stack([columns["ra"], columns["dec"]])
        np.save(folder / f"{side}.npy", both)
        Table({"ra": both[0], "dec": both[1]}).write(folder / f"{side}.fits")


def compare(folder: Path, repeats: int) -> None:
    """Print the match beside the peers'."""
    files = [str(folder / f"{side}.npy") for side in SIDES]
    ours = best(measure(MATCH, str(folder / "match.duckdb")) for _ in range(repeats))
    astropy = best(
        measure(ASTROPY, *files, str(folder / "pairs.npy")) for _ in range(repeats)
    )
    print(f"{LEFT:,} x {RIGHT:,} positions, 1 arcsec, 2 threads")
    tell("stellarwh, all pairs, stored to stored", ours)
    tell("astropy match_coordinates_sky, nearest", astropy)
    print(f"{seconds(astropy) / seconds(ours):.1f} x astropy's speed (target 12)")
    print(f"{ours.peak_mb:.0f} MB peak (target 450)")
    if shutil.which("stilts") is None:
        print("STILTS is not installed; left out")
        return
    columns = ["ra1=ra", "dec1=dec", "ra2=ra", "dec2=dec"]
    files = [f"in{i + 1}={folder / side}.fits" for i, side in enumerate(SIDES)]
    command = ["stilts", "tskymatch2", "error=1", "find=all"]
    command += [*columns, *files, f"out={folder / 'pairs.fits'}"]
    stilts = measure_command(command, quiet=True)
    found = len(Table.read(folder / "pairs.fits"))
    print(f"{'STILTS tskymatch2, all pairs':42} {stilts.seconds:7.2f} s "
          f"{stilts.peak_mb:6.0f} MB peak {found:,} pairs")  # fmt: skip
    print(f"{stilts.seconds / seconds(ours):.1f} x STILTS's speed (target 20)")


def best(found: Iterator[Measured]) -> Measured:
    """Return the fastest of several runs."""
    return min(found, key=seconds)


def seconds(found: Measured) -> float:
    """Return the seconds that a subject printed."""
    return float(found.printed.split()[0])


def tell(name: str, found: Measured) -> None:
    """Print one subject's figures."""
    pairs = int(found.printed.split()[1])
    print(f"{name:42} {seconds(found):7.2f} s {found.peak_mb:6.0f} MB peak "
          f"{pairs:,} pairs")  # fmt: skip


def grow(folder: Path, rows: int) -> None:
    """Print time and memory of a tenth of a sky against the whole of it."""
    path = folder / "grow.duckdb"
    apart(store_skies, path, rows // 10, rows)
    found = best(measure(MATCH, str(path), "2GB") for _ in range(2))
    tell(f"{rows // 10:,} x {rows:,}, 2 GB memory_limit", found)
    print(f"  {1e9 * seconds(found) / rows:.0f} ns a row of the right side")
    if rows == SEARCHED:
        apart(time_cone_search, path)
    path.unlink()


def time_healpix(connection: duckdb.DuckDBPyConnection) -> None:
    """Print how many positions a second get their cell."""
    started = time.perf_counter()
    connection.execute(
        "select sum(healpix_nested(29, ra, dec)) from main.rights"
    ).fetchall()
    rate = RIGHT / (time.perf_counter() - started) / 1e6
    print(f"healpix_nested: {rate:.1f} million positions a second (target 5)")


def time_cone_search(path: Path) -> None:
    """Print the median time of cone searches, and what one reads of the table."""
    took = []
    with open_warehouse(path, read_only=True) as connection:
        for i in range(SEARCHES):
            query = f"from cone_search('main.rights', {7.1 * i}, {3.5 * i - 87}, 60)"
            started = time.perf_counter()
            connection.execute(query).fetchall()
            took.append(1e3 * (time.perf_counter() - started))
        plan = connection.execute(f"explain (analyze, format json) {query}").fetchall()
    median, worst = statistics.median(took), max(took)
    print(f"cone_search of {SEARCHED:,} rows, 1 arcmin: median {median:.1f} ms, worst "
          f"{worst:.1f} ms of {SEARCHES} (target 20)")  # fmt: skip
    for scan in scans(json.loads(plan[0][1])):
        print(f"  EXPLAIN ANALYZE: {scan['rows_scanned']:,} rows scanned, "
              f"{scan['row_groups_scanned']} of {scan['total_row_groups_to_scan']} "
              "row groups")  # fmt: skip


def scans(node: object) -> Iterator[dict]:
    """Yield the table scans of a profile."""
    for below in node.values() if isinstance(node, dict) else node:
        if isinstance(below, dict | list):
            yield from scans(below)
    if isinstance(node, dict) and node.get("type") == "TABLE_SCAN":
        yield node


if __name__ == "__main__":
    main()
