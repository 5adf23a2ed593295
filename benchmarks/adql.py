"""Speed of queries in ADQL: a cone, and joins on the sky beside `crossmatch`.

    python benchmarks/adql.py [--rows 10000000]

Positions are simulated: even on the sky, a tenth of the smaller table in both.
"""

import argparse
import statistics
import time

import duckdb
import numpy as np
import polars as pl

from stellarwh.adql.tables import Column, Table, Tables
from stellarwh.adql.translate import translate
from stellarwh.warehouse.objects import create_macros, create_tables

COLUMNS = (
    Column("id", "BIGINT"),
    Column("ra", "DOUBLE", "deg"),
    Column("dec", "DOUBLE", "deg"),
)
NEAR = "distance(point(a.ra, a.dec), point(b.ra, b.dec)) <= 1/3600."


def positions(rows: int, seed: int, shared: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return positions even on the sky, the first of them those of another table."""
    random = np.random.default_rng(seed)
    ra = random.uniform(0, 360, rows)
    dec = np.degrees(np.arcsin(random.uniform(-1, 1, rows)))
    if shared is not None:
        count = len(shared) // 10
        ra[:count] = shared["ra"][:count].to_numpy()
        dec[:count] = np.clip(shared["dec"][:count].to_numpy() + 5e-5, -90, 90)
    return pl.DataFrame({"id": np.arange(rows), "ra": ra, "dec": dec})


def timed(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[float, int]:
    start = time.process_time()
    ((found,),) = connection.execute(sql).fetchall()
    return time.process_time() - start, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    rows = parser.parse_args().rows
    small = max(rows // 10, 10)
    with duckdb.connect() as connection:  # noqa: TID251 - opens no file
        create_tables(connection)
        create_macros(connection)
        left = positions(small, 1)
        right = positions(rows, 2, left)
        for name, frame in (("small", left), ("large", right)):
            connection.register("given", frame)
            connection.execute(
                f"create table main.{name} as select * from given "
                "order by healpix_nested(29, ra, dec)"
            )
        tables = Tables(
            Table("main", name, COLUMNS, rows=count)
            for name, count in (("small", small), ("large", rows))
        )
        random = np.random.default_rng(3)
        cones = []
        for _ in range(50):
            ra, z = random.uniform(0, 360), random.uniform(-1, 1)
            text = (
                "select id from large where 1 = contains(point(ra, dec), "
                f"circle({ra}, {np.degrees(np.arcsin(z))}, 1/60.))"
            )
            start = time.perf_counter()
            connection.execute(translate(text, tables).sql).fetchall()
            cones.append(1000 * (time.perf_counter() - start))
        print(
            f"cone of 1 arcmin on {rows:,} rows, 50 places: "
            f"median {statistics.median(cones):.0f} ms, largest {max(cones):.0f} ms"
        )
        macro = min(
            timed(connection, "select count(*) from crossmatch('small', 'large', 1)")
            for _ in range(3)
        )
        print(
            f"crossmatch of {small:,} and {rows:,} rows: {macro[0]:.2f} s, {macro[1]:,}"
        )
        for about, text in {
            "JOIN … ON DISTANCE": f"small as a join large as b on {NEAR}",
            "comma, WHERE": f"small as a, large as b where {NEAR}",
            "the larger one first": f"large as b join small as a on {NEAR}",
            "of subqueries": "(select id, ra, dec from small) as a join "
            f"(select id, ra, dec from large) as b on {NEAR}",
            "LEFT JOIN": f"small as a left join large as b on {NEAR}",
        }.items():
            sql = translate(f"select count(b.id) from {text}", tables).sql
            seconds, found = min(timed(connection, sql) for _ in range(3))
            print(
                f"{about}: {seconds:.2f} s, {found:,} pairs, "
                f"{seconds / macro[0]:.2f} of crossmatch (goal 2)"
            )
        naive = (
            "select count(*) from (from main.small limit 20) as a, main.large as b "
            "where angular_separation(a.ra, a.dec, b.ra, b.dec) <= 1"
        )
        seconds = timed(connection, naive)[0] * small / 20
        print(
            f"comparing all, from 20 rows: {seconds:,.0f} s, "
            f"{seconds / macro[0]:,.0f} of crossmatch"
        )


if __name__ == "__main__":
    main()
