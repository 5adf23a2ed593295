"""Objects that earlier builds made and that ``sql/`` no longer has."""

from collections.abc import Collection

import duckdb

from stellarwh.quoting import quote_identifier, quote_table
from stellarwh.warehouse.sql_files import SqlFile

# Of versions whose builds did not write down what they made.
_UNRECORDED = frozenset(
    {
        "main.cone_cells",
        "main.cone_condition",
        "main.cone_query",
        "main.crossmatch_best",
        "main.crossmatch_edge",
        "main.crossmatch_margin",
        "main.crossmatch_mutual",
        "main.crossmatch_names",
        "main.crossmatch_near",
        "main.crossmatch_optional",
        "main.crossmatch_order",
        "main.crossmatch_pairs",
        "main.crossmatch_settled",
        "main.crossmatch_shift",
        "matching.changed_stars",
        "matching.unchanged_stars",
    }
)
# Everything of ours carries a comment, which whoever puts something of their own under
# its name takes away.
_STANDING = (
    "select schema_name || '.' || view_name, 'view' from duckdb_views() "
    "where not internal and comment is not null "
    "and database_name = current_database() "
    "union all "
    "select schema_name || '.' || table_name, 'table' from duckdb_tables() "
    "where comment is not null and database_name = current_database() "
    "union all "
    "select distinct schema_name || '.' || function_name, "
    "if(function_type = 'table_macro', 'macro table', 'macro') from duckdb_functions() "
    "where not internal and comment is not null "
    "and database_name = current_database()"
)


def objects_of(files: Collection[SqlFile]) -> list[str]:
    """Return the names of all that some files make, as ``meta.builds`` keeps them."""
    return sorted({name for file in files for name in file.defines})


def drop_retired(
    connection: duckdb.DuckDBPyConnection, files: Collection[SqlFile]
) -> list[str]:
    """Drop what the last build made, or one of an early version, and no file makes now.

    What users made is left alone, in the place of something of ours, too.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A writable warehouse.
    files : collection of SqlFile
        All files of ``sql/``.

    Returns
    -------
    list of str
        What was dropped.
    """
    last = connection.execute(
        "select objects from meta.builds order by built_at desc limit 1"
    ).fetchone()
    made = _UNRECORDED.union((last and last[0]) or ())
    retired = made.difference(objects_of(files))
    dropped = []
    for name, kind in connection.execute(_STANDING).fetchall():
        if name not in retired:
            continue
        # Macros are known by their name alone.
        short = name.removeprefix("main.")
        quoted = quote_identifier(short) if "macro" in kind else quote_table(name)
        connection.execute(f"drop {kind} {quoted}")
        dropped.append(name)
    return dropped
