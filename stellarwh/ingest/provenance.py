"""What the warehouse remembers of each ingest: file, columns, NULLs."""

import hashlib
import math
import os
from collections.abc import Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from stellarwh.errors import InputFileError
from stellarwh.ingest.resolve import PlannedColumn
from stellarwh.quoting import quote_identifier
from stellarwh.readers.formats import read_errors
from stellarwh.survey import HEALPIX_DESCRIPTION, comment_column, comment_text
from stellarwh.survey_description import Sentinel
from stellarwh.units import vounits

_FLOATS = ("FLOAT", "DOUBLE")
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")


@dataclass(frozen=True)
class IngestRecord:
    """A row of ``meta.ingests``, but for its id and time."""

    survey: str
    file: str
    size: int
    sha256: str
    format: str
    release: str
    is_simulated: bool
    rows: int
    columns: int
    selection: str
    ra_column: str | None
    dec_column: str | None
    pmra_column: str | None
    pmdec_column: str | None
    epoch: float | None
    is_clustered: bool
    warnings: tuple[str, ...]
    seconds: float
    version: str
    file_table: str | None


class FileFingerprint:
    """The identity of a file: its size and SHA-256, computed in the background.

    Parameters
    ----------
    path : Path
        The file, which must not change until `check_unchanged`.
    opened : os.stat_result, optional
        What it was before anything of it was read; by default what it is now.
    """

    def __init__(self, path: Path, opened: os.stat_result | None = None) -> None:
        self.path = path
        with read_errors(path):
            self._stat = opened or path.stat()
        self.size = self._stat.st_size
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._digest: Future[str] = self._pool.submit(_sha256, path)
        self._pool.shutdown(wait=False)

    @property
    def sha256(self) -> str:
        """SHA-256 of the file in hexadecimal; waits until it is known."""
        return self._digest.result()

    def check_unchanged(self) -> None:
        """Raise InputFileError if the file was written to since it was opened."""
        with read_errors(self.path):
            now = self.path.stat()
        before = self._stat
        if _identity(now) != _identity(before):
            raise InputFileError(
                f"{self.path} changed while it was read; ingest it when it is complete."
            )


def _identity(stat: os.stat_result) -> tuple[int, ...]:
    """Return what differs after a file was written to, or another took its name."""
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns


def _sha256(path: Path) -> str:
    with read_errors(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_record(connection: duckdb.DuckDBPyConnection, record: IngestRecord) -> None:
    """Write the row of ``meta.ingests``, in place of the survey's former one."""
    next_id = connection.execute(
        "select coalesce(max(ingest_id), 0) + 1 from meta.ingests"
    ).fetchone()
    connection.execute("delete from meta.ingests where survey = ?", [record.survey])
    values = asdict(record) | {"warnings": list(record.warnings)}
    names = ", ".join(quote_identifier(name) for name in values)
    marks = ", ".join("?" for _ in values)
    connection.execute(
        f"insert into meta.ingests (ingest_id, ingested_at, {names}) "  # noqa: S608 - quoted identifiers
        f"values (?, now(), {marks})",
        [next_id[0] if next_id else 1, *values.values()],
    )


def write_columns(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Sequence[PlannedColumn]
) -> None:
    """Describe the raw table's columns in ``meta.columns`` and as comments."""
    connection.execute(
        "delete from meta.columns where schema_name = 'raw' and table_name = ?", [name]
    )
    table = f"raw.{quote_identifier(name)}"
    rows = [
        (c.name, c.source.name if c.source else None, c.unit, c.ucd, c.description)
        for c in columns
    ]
    rows.append(("healpix", None, "", "", HEALPIX_DESCRIPTION))
    names, sources, units, ucds, descriptions = zip(*rows, strict=True)
    mapped = vounits(zip(units, names, ucds, descriptions, strict=True))
    connection.execute(
        "insert into meta.columns by name select 'raw' as schema_name, "
        "? as table_name, unnest(?::varchar[]) as column_name, "
        "unnest(?::varchar[]) as source_name, "
        "nullif(unnest(?::varchar[]), '') as unit, "
        "nullif(unnest(?::varchar[]), '') as ucd, "
        "nullif(unnest(?::varchar[]), '') as description, "
        "unnest(?::varchar[]) as vounit",
        [name, *(list(v) for v in (names, sources, units, ucds, descriptions, mapped))],
    )
    for column, _, unit, ucd, description in rows:
        text = comment_text(description, unit, ucd)
        if text:
            comment_column(connection, table, column, text)


def write_null_audit(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    raw_counts: Sequence[tuple[str, str, int]],
    staging_counts: Sequence[tuple[str, str, int]],
) -> None:
    """Write why values are NULL in raw, and which staging will make NULL."""
    connection.execute("delete from meta.null_audit where survey = ?", [name])
    for layer, counts in (("raw", raw_counts), ("staging", staging_counts)):
        columns, rules, numbers = ([row[i] for row in counts] for i in range(3))
        connection.execute(
            "insert into meta.null_audit (survey, column_name, rule, n, layer) "
            "select ?, unnest(?::varchar[]), unnest(?::varchar[]), "
            "unnest(?::bigint[]), ?",
            [name, columns, rules, numbers, layer],
        )


def count_sentinels(
    connection: duckdb.DuckDBPyConnection, table: str, sentinels: Sequence[Sentinel]
) -> list[tuple[str, str, int]]:
    """Return (column, rule, count) of NaN and declared sentinels in a raw table."""
    numeric = {
        name: kind
        for name, kind in connection.execute(
            f"select column_name, column_type from (describe {table})"  # noqa: S608 - quoted identifier
        ).fetchall()
        if kind in _FLOATS + _INTEGERS
    }
    ranges = _ranges(connection, table, numeric)
    rules = [
        rule
        for name, kind in numeric.items()
        for rule in _rules(name, kind, sentinels)
        if rule.is_possible(*ranges[name])
    ]
    if not rules:
        return []
    counts = ", ".join(f"count_if({rule.test})" for rule in rules)
    row = connection.execute(f"select {counts} from {table}").fetchall()[0]  # noqa: S608 - quoted identifiers
    return [
        (rule.column, rule.name, count)
        for rule, count in zip(rules, row, strict=True)
        if count
    ]


@dataclass(frozen=True)
class _Rule:
    """A test for values that mean "missing", and between which limits they lie."""

    column: str
    name: str
    test: str
    low: float
    high: float

    def is_possible(self, smallest: float | None, largest: float | None) -> bool:
        """Say whether a column of this range may hold such values."""
        if smallest is None or largest is None:
            return False
        if math.isnan(self.low):
            return math.isnan(largest)
        # NaN is the largest value to DuckDB: below it the range is then unknown.
        top = math.inf if math.isnan(largest) else largest
        return math.isnan(smallest) or (self.low <= top and self.high >= smallest)


def _ranges(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Collection[str]
) -> dict[str, tuple[float | None, float | None]]:
    """Return the smallest and largest value of each column; far cheaper than rules."""
    if not columns:
        return {}
    names = [quote_identifier(name) for name in columns]
    limits = ", ".join(f"min({name}), max({name})" for name in names)
    row = connection.execute(f"select {limits} from {table}").fetchall()[0]  # noqa: S608 - quoted identifiers
    return dict(zip(columns, zip(row[::2], row[1::2], strict=True), strict=True))


def _rules(name: str, kind: str, sentinels: Sequence[Sentinel]) -> list[_Rule]:
    column = quote_identifier(name)
    rules = []
    if kind in _FLOATS:
        rules.append(_Rule(name, "NaN", f"isnan({column})", math.nan, math.nan))
    for sentinel in sentinels:
        if not sentinel.covers(name):
            continue
        # Compared in the column's own type: a float is not equal to its decimal text,
        # but lies within its rounding.
        rules += [
            _Rule(
                name,
                f"= {value:g}",
                f"{column} = {value!r}::{kind}",
                value - 1e-6 * abs(value),
                value + 1e-6 * abs(value),
            )
            for value in sentinel.values
        ]
        if (below := sentinel.below) is not None:
            test = f"{column} < {below!r}"
            rules.append(_Rule(name, f"< {below:g}", test, -math.inf, below))
        if (above := sentinel.above) is not None:
            test = f"{column} > {above!r} and not isnan({column}::double)"
            rules.append(_Rule(name, f"> {above:g}", test, above, math.inf))
    return rules
