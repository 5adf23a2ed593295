"""Build every view, stored table and macro of ``sql/`` in one transaction."""

import csv
import time
from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from stellarwh import __version__
from stellarwh.content import content_dir
from stellarwh.errors import SqlError
from stellarwh.quoting import quote_identifier, quote_table, quote_text
from stellarwh.units import vounits
from stellarwh.warehouse.database import transaction
from stellarwh.warehouse.declared import VIEW, own_columns_sql, unusable_columns
from stellarwh.warehouse.freshness import count_raw_rows, read_sources
from stellarwh.warehouse.ingested_positions import write_ingested_positions
from stellarwh.warehouse.kept import is_as_recorded, state_of
from stellarwh.warehouse.keys.declared import count_doubled_keys
from stellarwh.warehouse.memory import memory_limited
from stellarwh.warehouse.messages import first_line
from stellarwh.warehouse.objects import create_tables, drop_shadows
from stellarwh.warehouse.raw_tables import (
    RAW_TABLES_OF_OURS,
    check_tables_of_spectra,
    create_raw_tables,
)
from stellarwh.warehouse.retired import drop_retired, objects_of
from stellarwh.warehouse.scale_facts import ScaleInUse, scale_in_use
from stellarwh.warehouse.sql_files import (
    SqlFile,
    fingerprint_of,
    read_header,
    read_sql_files,
)

# Of DuckDB's own; the process takes some 300 MB more.
_MEMORY_MIB = 1550
# What the glossary describes: all but raw tables of catalogues.
_OURS = f"(schema_name <> 'raw' or table_name in {RAW_TABLES_OF_OURS})"
# Tables of meta, each a file of sql/: what is known, whatever is ingested.
KNOWN = (
    "flag_bits",
    "benchmark_stars",
    "benchmark_values",
    "clusters",
    "cluster_values",
    "index_definitions",
)


@dataclass(frozen=True)
class BuildResult:
    """What a build made."""

    views: int
    tables: int
    macros: int
    seconds: float
    matched: tuple[str, ...]  # the surveys whose pairs were matched anew
    scale: ScaleInUse | None = None  # None of a single survey
    unusable: tuple[str, ...] = ()  # declared columns whose values no star can have


def build_views(
    connection: duckdb.DuckDBPyConnection,
    *,
    anew: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> BuildResult:
    """Run all of ``sql/`` in dependency order; on an error nothing changes.

    Comments are set from the headers and the glossary, keys of stored tables are
    checked, and a row is written to ``meta.builds``. Incremental tables keep what
    the last build made of unchanged surveys by the same SQL; what it made and
    ``sql/`` no longer has is dropped.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A writable warehouse.
    anew : bool
        Make incremental tables from nothing.
    progress : callable, optional
        Called before each object is made, with its name, its place among all of them
        (from 1) and how many they are.

    Raises
    ------
    SqlError
        If a file breaks its contract, DuckDB refuses it, or a key is not unique.
    """
    started = time.perf_counter()
    files = read_sql_files(content_dir("sql"))
    with memory_limited(connection, _MEMORY_MIB), transaction(connection):
        drop_shadows(connection)
        create_tables(connection)
        check_tables_of_spectra(connection)
        create_raw_tables(connection)
        _load_what_is_known(connection)
        drop_retired(connection, files)
        fingerprint = _prepare_incremental_tables(connection, files, anew=anew)
        states: dict[str, str] = {}
        standing = _standing_kinds(connection)
        for place, file in enumerate(files, 1):
            if progress is not None:
                progress(file.qualified_name, place, len(files))
            if file.survey is not None:
                states[file.qualified_name] = state_of(connection, file, files)
                state = states[file.qualified_name]
                if not anew and is_as_recorded(connection, file, state):
                    continue
            # Each comes after what it reads, so DuckDB binds it to what is new.
            _make(connection, file, standing.get(file.qualified_name))
            if file.kind == "table":
                _check_key(connection, file)
        write_ingested_positions(connection)
        _write_comments(connection, files)
        counts = [
            sum(file.kind == kind for file in files)
            for kind in ("view", "table", "macro")
        ]
        matched = [
            survey
            for (survey,) in connection.execute(
                "select survey from matching.surveys where is_changed order by survey"
            ).fetchall()
        ]
        rows = count_raw_rows(connection)
        seconds = time.perf_counter() - started
        connection.execute(
            "insert into meta.builds (built_at, views, tables, macros, seconds, "
            "surveys_matched, fingerprint, raw_rows, sources, version, states, objects)"
            " values (now(), ?, ?, ?, ?, ?, ?, map(?::varchar[], ?::bigint[]), ?, ?, "
            "map(?::varchar[], ?::varchar[]), ?)",
            [
                *(*counts, seconds, matched, fingerprint),
                *(list(rows), list(rows.values()), read_sources(connection, rows)),
                __version__,
                *(list(states), list(states.values()), objects_of(files)),
            ],
        )
    return BuildResult(
        counts[0],
        counts[1],
        counts[2],
        seconds,
        tuple(matched),
        scale_in_use(connection),
        unusable_columns(connection),
    )


def _prepare_incremental_tables(
    connection: duckdb.DuckDBPyConnection, files: list[SqlFile], *, anew: bool
) -> str:
    """Drop all incremental tables unless each is as the same SQL left it.

    They stand or fall together: one says what another has kept.

    Returns
    -------
    str
        The fingerprint of their SQL, to be recorded with the build.
    """
    incremental = [file for file in files if file.is_incremental]
    # Another DuckDB may hash or round otherwise.
    fingerprint = f"{fingerprint_of(incremental, files)} {duckdb.__version__}"
    last = connection.execute(
        "select fingerprint from meta.builds order by built_at desc limit 1"
    ).fetchone()
    standing = connection.execute("select schema_name, table_name from duckdb_tables()")
    missing = {(f.schema, f.name) for f in incremental} - set(standing.fetchall())
    if anew or missing or last != (fingerprint,):
        for file in incremental:
            if (file.schema, file.name) not in missing:
                connection.execute(f"drop table {quote_table(file.qualified_name)}")
    return fingerprint


def _load_what_is_known(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill the tables of ``meta`` that stand in ``sql/`` as files of their names."""
    for name in KNOWN:
        table = quote_table(f"meta.{name}")
        connection.execute(f"delete from {table}")  # noqa: S608 - a name of ours
        rows, texts = _csv_of_ours(f"{name}.csv")
        connection.execute(f"insert into {table} by name {rows}", texts)


def _csv_of_ours(name: str) -> tuple[str, dict[str, list[str | None]]]:
    """Return a file of ``sql/`` as a query of texts and the values it needs.

    The connection itself reaches no file.
    """
    path = content_dir("sql") / name
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    texts = {
        column: [value or None for value in values]
        for column, values in zip(header, zip(*rows, strict=True), strict=True)
    }
    columns = ", ".join(
        f"unnest(${column}::varchar[]) as {quote_identifier(column)}"
        for column in header
    )
    return f"select {columns}", texts


def _standing_kinds(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return by qualified name whether a view or a table stands there."""
    found = connection.execute(
        "select table_schema || '.' || table_name, "
        "case table_type when 'VIEW' then 'view' else 'table' end "
        "from information_schema.tables where table_catalog = current_database()"
    ).fetchall()
    return dict(found)


def _make(
    connection: duckdb.DuckDBPyConnection, file: SqlFile, standing: str | None
) -> None:
    """Run one file; what stands under its name as another kind makes room first."""
    try:
        if file.kind in ("view", "table") and standing not in (None, file.kind):
            connection.execute(f"drop {standing} {quote_table(file.qualified_name)}")
        sql = file.sql
        if file.qualified_name == VIEW:
            sql = own_columns_sql(connection, sql)
        connection.execute(sql)
    except duckdb.Error as error:
        raise SqlError(f"{file.path}: {first_line(str(error))}") from None


def _check_key(connection: duckdb.DuckDBPyConnection, file: SqlFile) -> None:
    doubled = count_doubled_keys(connection, file)
    if doubled:
        raise SqlError(
            f"{file.path}: {doubled} values of its key "
            f"({', '.join(file.key)}) stand in more than one row."
        )


def _write_comments(
    connection: duckdb.DuckDBPyConnection, files: list[SqlFile]
) -> None:
    """Set COMMENT ON every object and column, and fill ``meta.columns``."""
    described = [(file.kind, file.qualified_name, file.description) for file in files]
    for path in sorted((content_dir("sql") / "tables").glob("*.sql")):
        text, _ = read_header(path.read_text(encoding="utf-8"))
        described.append(("table", path.stem.replace("_", ".", 1), text))
    for kind, name, text in described:
        if kind in ("view", "table"):
            connection.execute(
                f"comment on {kind} {quote_table(name)} is {quote_text(text)}"
            )
    table_macros = connection.execute(
        "select distinct function_name from duckdb_functions() "
        "where function_type = 'table_macro' and not internal"
    ).fetchall()
    for file in files:
        for name in sorted(file.defines) if file.kind == "macro" else ():
            short = name.removeprefix("main.")
            kind = "macro table" if (short,) in table_macros else "macro"
            connection.execute(
                f"comment on {kind} {quote_identifier(short)} "
                f"is {quote_text(file.description)}"
            )
    connection.execute(f"delete from meta.columns where {_OURS}")  # noqa: S608 - constant
    glossary, texts = _csv_of_ours("columns.csv")
    connection.execute(
        "insert into meta.columns by name "  # noqa: S608 - texts are bound
        "select c.schema_name, c.table_name, c.column_name, "
        "g.unit, g.ucd, g.description "
        "from duckdb_columns() as c "
        f"inner join ({glossary}) as g on g.name = c.column_name "
        "where c.database_name = current_database() and not c.internal "
        f"and {_OURS}",
        texts,
    )
    _write_vounits(connection)
    rows = connection.execute(
        "select schema_name, table_name, column_name, concat(description, "  # noqa: S608 - constant
        "' [' || unit || ']', ' {' || ucd || '}') "
        f"from meta.columns where {_OURS} "
        # Faster by a third than from one table to another and back.
        "order by schema_name, table_name"
    ).fetchall()
    for schema, table, column, text in rows:
        name = quote_table(f"{schema}.{table}")
        connection.execute(
            f"comment on column {name}.{quote_identifier(column)} is {quote_text(text)}"
        )


def _write_vounits(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the VOUnits of what the glossary gives a unit."""
    described = connection.execute(
        "select distinct unit, column_name, ucd, description from meta.columns "  # noqa: S608 - constant
        f"where {_OURS} and unit is not null"
    ).fetchall()
    connection.execute(
        "update meta.columns set vounit = found.vounit from "  # noqa: S608 - constant
        "(select unnest(?::varchar[]) as name, unnest(?::varchar[]) as vounit) as found"
        f" where {_OURS} and column_name = found.name",
        [[row[1] for row in described], vounits(described)],
    )
