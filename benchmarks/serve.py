"""What the TAP service takes: results of half a million rows, and many clients at once.

``make bench-serve`` makes a table of 8 columns (an id, positions, a text, numbers, one
value in twenty missing), starts a ``stellarwh serve`` for each subject, on a port that
is free, and asks it on loopback. Seconds are from the request to the last byte, which a
thread of this process throws away; memory is the largest that the service had. Then 200
clients ask at once, and it is counted how many were answered, and how.
"""

import argparse
import asyncio
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from stellarwh.warehouse.database import open_warehouse

SQL = """
create table raw.big as
select
    i as id,
    random() * 360 as ra,
    random() * 180 - 90 as dec,
    '2M' || lpad((i * 7919 % 100000000)::varchar, 8, '0') as name,
    case when i % 20 > 0 then random() * 5000 + 3000 end as teff,
    case when i % 20 > 0 then (random() * 5)::float end as logg,
    case when i % 20 > 0 then random() - 0.5 end as fe_h,
    (i % 7)::integer as visits
from range({rows}) as t (i)
"""
FORMATS = ("votable", "votable/td", "csv", "fits", "parquet")
BARS = {"votable": 1.0, "parquet": 0.5}
BAR_MB = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "big.duckdb"
        with open_warehouse(path) as connection:
            connection.execute(SQL.format(rows=options.rows))
        for name in FORMATS:
            with serving(path) as (url, process):
                whole(url, process, name, options)
        with serving(path) as (url, process):
            print(f"ready: {memory(process):.0f} MB")
            asyncio.run(many(url, options.clients))
            print(f"largest: {memory(process):.0f} MB (bar {BAR_MB})")


@contextmanager
def serving(path: Path) -> Iterator[tuple[str, int]]:
    """Give the address and the process of a service of its own."""
    line = [sys.executable, "-m", "stellarwh", "serve", "--port", "0"]
    with subprocess.Popen(
        [*line, "--warehouse", str(path)], stdout=subprocess.PIPE, text=True
    ) as service:
        try:
            (url,) = re.findall(r"http://[\d.:]+", service.stdout.readline())
            yield url, service.pid
        finally:
            service.send_signal(signal.SIGINT)


def whole(url: str, process: int, name: str, options: argparse.Namespace) -> None:
    """Ask for all rows in a format, some times."""
    texts = {
        "LANG": "ADQL",
        "QUERY": "SELECT * FROM raw.big",
        "RESPONSEFORMAT": name,
    }
    took, size = [], 0
    with httpx.Client(base_url=url, timeout=300) as client:
        for _ in range(options.times):
            began = time.perf_counter()
            with client.stream("GET", "/tap/sync", params=texts) as answer:
                size = sum(map(len, answer.iter_raw(1 << 20)))
            took.append(time.perf_counter() - began)
    bar = f" (bar {BARS[name]:.1f})" if name in BARS else ""
    print(
        f"{name}: {options.rows:,} rows x 8 columns, {size / 1e6:.0f} MB, "
        f"{min(took):.2f} s{bar}, median {sorted(took)[len(took) // 2]:.2f} s; "
        f"largest {memory(process):.0f} MB (bar {BAR_MB})"
    )


async def many(url: str, clients: int) -> None:
    """Let many clients ask at once."""
    texts = {
        "LANG": "ADQL",
        "QUERY": "SELECT TOP 1000 * FROM raw.big WHERE teff > 5000",
    }
    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(base_url=url, timeout=300, limits=limits) as client:
        began = time.perf_counter()
        asked = (client.get("/tap/sync", params=texts) for _ in range(clients))
        answers = await asyncio.gather(*asked)
        seconds = time.perf_counter() - began
    counts = dict(Counter(answer.status_code for answer in answers))
    print(f"{clients} clients at once, 1,000 rows each: {counts} in {seconds:.1f} s")


def memory(process: int) -> float:
    """Return the largest resident memory that a process had, in MB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    (kib,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    return int(kib) * 1024 / 1e6


if __name__ == "__main__":
    main()
