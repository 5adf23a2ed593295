"""How long queries of a finished warehouse take, planning included.

``scale_queries.py queries WAREHOUSE`` prints, as JSON, the median milliseconds of one
star out of the marts, of each query of the README's tour and of each feature view: of
these, for every million of its rows where it has more.
"""

import json
import re
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from stellarwh.warehouse.database import open_warehouse

STARS, REPEATS, OF_VIEWS = 15, 5, 3
README = Path(__file__).parent.parent / "README.md"


def main(warehouse: str) -> None:
    rows = []
    with open_warehouse(Path(warehouse), read_only=True) as connection:
        stars = [
            row[0]
            for row in connection.execute(
                "select star_id from main.stars using sample reservoir(15) "
                "repeatable (7)"
            ).fetchall()
        ]
        for table in ("main.measurements", "main.parameters"):
            asked = [f"from {table} where star_id = {star}" for star in stars]
            rows.append(told(connection, f"one star of {table}", asked))
        for query in tour():
            line = " ".join(query.split())
            rows.append(told(connection, f"tour: {line[:60]}", [query] * REPEATS))
        views = connection.execute(
            "select view_name from duckdb_views() where schema_name = 'features' "
            "order by view_name"
        ).fetchall()
        for (view,) in views:
            asked = [f"from features.{view}"] * OF_VIEWS
            whole = told(connection, f"features.{view}", asked)
            rows.append(of_a_million(connection, view, whole))
    print(json.dumps(rows))


def tour() -> list[str]:
    """Return the queries of the README's tour."""
    block = re.search(
        r"```sql\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL
    )
    assert block is not None
    plain = re.sub(r"^--.*\n", "", block[1], flags=re.MULTILINE)
    return [text.strip() for text in plain.split(";\n") if text.strip()]


def told(
    connection: duckdb.DuckDBPyConnection, name: str, asked: Sequence[str]
) -> dict[str, Any]:
    """Return the median milliseconds of queries, their rows all fetched."""
    took, used = [], []
    for query in asked:
        started, processor = time.perf_counter(), time.process_time()
        try:
            for _ in connection.execute(query).to_arrow_reader():
                pass
        except duckdb.Error as error:
            return {"name": name, "failed": str(error).splitlines()[0]}
        took.append(1e3 * (time.perf_counter() - started))
        used.append(time.process_time() - processor)
    return {
        "name": name,
        "figure": statistics.median(took),
        "processor": statistics.median(used),
    }


def of_a_million(
    connection: duckdb.DuckDBPyConnection, view: str, whole: dict[str, Any]
) -> dict[str, Any]:
    """Return what a view took for every million of its rows."""
    found = connection.execute(f"select count(*) from features.{view}").fetchone()
    assert found is not None
    millions = max(found[0] / 1e6, 1)
    if "failed" in whole:
        return whole
    return {
        "name": f"{whole['name']}, {found[0] / 1e6:.2f} million rows: each million",
        "figure": whole["figure"] / millions,
        "processor": whole["processor"] / millions,
    }


if __name__ == "__main__":
    main(sys.argv[2])
