"""TAP_SCHEMA: what there is to be asked, as tables that can be asked themselves."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import duckdb

from stellarwh.adql.tables import Column, Table, Tables
from stellarwh.adql.words import RESERVED
from stellarwh.quoting import quote_identifier
from stellarwh.serve.plain import plain_type
from stellarwh.serve.served import SCHEMAS, is_placed

__all__ = [
    "SCHEMA",
    "Key",
    "described",
    "full_name",
    "is_indexed",
    "is_principal",
    "keys_of",
    "make_tap_schema",
    "schemas_of",
]

SCHEMA = "TAP_SCHEMA"
# In memory, beside the warehouse that is only read.
_PLACE = "memory.tap_schema"
_STARS = "main.stars"
_ABOUT = "What can be asked here: schemas, tables, columns and keys between them."
# Columns that a sky search, or a look at one star, reads a part of the table for.
_INDEXED = {"healpix"}
_PRINCIPAL = {
    *("star_id", "source_id", "survey", "name", "ra", "dec", "snr"),
    *("teff", "teff_err", "logg", "logg_err", "fe_h", "fe_h_err"),
    *("alpha_fe", "alpha_fe_err", "rv", "rv_err"),
}
_COLUMNS: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    "schemas": (
        "One row per schema.",
        {
            "schema_name": ("VARCHAR", "name of the schema"),
            "utype": ("VARCHAR", "its utype, if it has one"),
            "description": ("VARCHAR", "what its tables are"),
            "schema_index": ("INTEGER", "place in a list of schemas"),
        },
    ),
    "tables": (
        "One row per table.",
        {
            "schema_name": ("VARCHAR", "schema of the table"),
            "table_name": ("VARCHAR", "name of the table, as queries have it"),
            "table_type": ("VARCHAR", "table or view"),
            "utype": ("VARCHAR", "its utype, if it has one"),
            "description": ("VARCHAR", "what one row of it is"),
            "table_index": ("INTEGER", "place in a list of tables"),
        },
    ),
    "columns": (
        "One row per column.",
        {
            "table_name": ("VARCHAR", "table of the column, as queries have it"),
            "column_name": ("VARCHAR", "name of the column, as queries have it"),
            "datatype": ("VARCHAR", "type of its values, as VOTable has it"),
            "arraysize": ("VARCHAR", "how many a cell has; NULL for one"),
            "xtype": ("VARCHAR", "what values mean beyond their type"),
            "size": ("INTEGER", "how many a cell has, where that is fixed"),
            "description": ("VARCHAR", "what its values are"),
            "utype": ("VARCHAR", "its utype, if it has one"),
            "unit": ("VARCHAR", "unit of its values, by VOUnits where it has one"),
            "ucd": ("VARCHAR", "its Unified Content Descriptor"),
            "indexed": ("INTEGER", "1 if conditions on it read part of the table only"),
            "principal": ("INTEGER", "1 if it is one of the most important columns"),
            "std": ("INTEGER", "1 if a standard defines it"),
            "column_index": ("INTEGER", "place in the table"),
        },
    ),
    "keys": (
        "One row per pair of tables that join.",
        {
            "key_id": ("VARCHAR", "id of the key"),
            "from_table": ("VARCHAR", "table whose rows refer to another's"),
            "target_table": ("VARCHAR", "table that is referred to"),
            "description": ("VARCHAR", "what the key says"),
            "utype": ("VARCHAR", "its utype, if it has one"),
        },
    ),
    "key_columns": (
        "One row per column of a key.",
        {
            "key_id": ("VARCHAR", "id of the key"),
            "from_column": ("VARCHAR", "column of the table that refers"),
            "target_column": ("VARCHAR", "column that is referred to"),
        },
    ),
}


@dataclass(frozen=True)
class Key:
    """Two tables that join on a column of each."""

    id: str
    from_table: str
    target_table: str
    from_column: str
    target_column: str
    description: str


def described() -> list[Table]:
    """Return the tables of TAP_SCHEMA."""
    return [
        Table(
            SCHEMA,
            name,
            tuple(
                Column(column, kind, description=text)
                for column, (kind, text) in columns.items()
            ),
            about,
            f"{_PLACE}.{name}",
        )
        for name, (about, columns) in _COLUMNS.items()
    ]


def schemas_of(tables: Tables) -> dict[str, tuple[str, list[Table]]]:
    """Return the tables of each schema that has any, and what the schema is."""
    found: dict[str, tuple[str, list[Table]]] = {}
    for schema, about in (*SCHEMAS.items(), (SCHEMA, _ABOUT)):
        inside = [table for table in tables.tables if table.schema == schema]
        if inside:
            found[schema] = about, inside
    return found


def full_name(table: Table) -> str:
    """Return the name of a table as queries have it."""
    return f"{spelled(table.schema)}.{spelled(table.name)}"


def spelled(name: str) -> str:
    """Return a name with quotes where ADQL needs them."""
    is_plain = name.isascii() and name.isidentifier() and not name.startswith("_")
    is_word = name.upper() in RESERVED
    return name if is_plain and not is_word else quote_identifier(name)


def keys_of(tables: Tables) -> list[Key]:
    """Return how tables join: by the star that their rows are of."""
    if not any(full_name(table) == _STARS for table in tables.tables):
        return _keys_of_itself()
    found = [
        Key(
            f"{table.schema}_{table.name}_star",
            full_name(table),
            _STARS,
            "star_id",
            "star_id",
            "The star that the row is of.",
        )
        for table in tables.tables
        if full_name(table) != _STARS
        # Of benchmark stars it is a text: what the reference calls the star.
        and any(c.name == "star_id" and c.type == "BIGINT" for c in table.columns)
    ]
    return found + _keys_of_itself()


def _keys_of_itself() -> list[Key]:
    """Return how the tables of TAP_SCHEMA join."""
    joins = [
        ("tables", "schemas", "schema_name", "schema_name"),
        ("columns", "tables", "table_name", "table_name"),
        ("keys", "tables", "from_table", "table_name"),
        ("keys", "tables", "target_table", "table_name"),
        ("key_columns", "keys", "key_id", "key_id"),
    ]
    return [
        Key(
            f"tap_schema_{left}_{mine}",
            f"{SCHEMA}.{left}",
            f"{SCHEMA}.{right}",
            mine,
            theirs,
            f"The row of {right} that the row is of.",
        )
        for left, right, mine, theirs in joins
    ]


def make_tap_schema(connection: duckdb.DuckDBPyConnection, tables: Tables) -> None:
    """Write TAP_SCHEMA of some tables, in memory.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse in an instance of its own (`open_warehouse`, ``apart``).
    tables : Tables
        All that a query may read.
    """
    views = {
        ".".join(row)
        for row in connection.execute(
            "select schema_name, view_name from duckdb_views() where not internal"
        ).fetchall()
    }
    connection.execute(f"create schema {_PLACE}")
    schemas = schemas_of(tables)
    _write(
        connection,
        "schemas",
        [
            (name, None, about, i)
            for i, (name, (about, _)) in enumerate(schemas.items())
        ],
    )
    everything = [table for _, inside in schemas.values() for table in inside]
    _write(
        connection,
        "tables",
        [
            (
                spelled(table.schema),
                full_name(table),
                "view" if f"{table.schema}.{table.name}" in views else "table",
                None,
                table.description or None,
                i,
            )
            for i, table in enumerate(everything)
        ],
    )
    _write(connection, "columns", _columns_of(everything))
    keys = keys_of(tables)
    _write(
        connection,
        "keys",
        [(k.id, k.from_table, k.target_table, k.description, None) for k in keys],
    )
    _write(
        connection,
        "key_columns",
        [(k.id, k.from_column, k.target_column) for k in keys],
    )


def _columns_of(tables: Iterable[Table]) -> Iterator[tuple[object, ...]]:
    for table in tables:
        for i, column in enumerate(table.columns):
            plain = plain_type(column.type)
            yield (
                full_name(table),
                spelled(column.name),
                plain.datatype,
                plain.arraysize or None,
                column.xtype or plain.xtype or None,
                int(plain.arraysize) if plain.arraysize.isdigit() else None,
                column.description or None,
                None,
                column.unit or None,
                column.ucd or None,
                int(is_indexed(table, column)),
                int(is_principal(table, column)),
                int(table.schema == SCHEMA),
                i,
            )


def is_indexed(table: Table, column: Column) -> bool:
    """Return whether conditions on a column read part of a table only."""
    return is_placed(table) and column.name.lower() in _INDEXED


def is_principal(table: Table, column: Column) -> bool:
    """Return whether a column is one of the most important ones."""
    return table.schema == SCHEMA or column.name.lower() in _PRINCIPAL


def _write(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    rows: Iterable[Sequence[object]],
) -> None:
    columns = _COLUMNS[name][1]
    declared = ", ".join(
        f"{quote_identifier(column)} {kind}" for column, (kind, _) in columns.items()
    )
    connection.execute(f"create table {_PLACE}.{name} ({declared})")
    # One list a column: row by row takes a hundred times as long.
    lists = [list(values) for values in zip(*rows, strict=True)]
    if not lists:
        return
    parts = ", ".join(
        f"unnest(${i + 1}::{kind}[])" for i, (kind, _) in enumerate(columns.values())
    )
    connection.execute(f"insert into {_PLACE}.{name} select {parts}", lists)
