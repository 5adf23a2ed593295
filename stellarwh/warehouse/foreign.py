"""What a warehouse that somebody else wrote may not hold.

Whoever writes the file decides what its views read and what its macros do. Views
cannot reach other files (see `stellarwh.warehouse.database`); here is checked that
tables are tables, and that no macro takes the place of one of ours or of a function of
DuckDB's.
"""

import duckdb

from stellarwh.content import content_dir
from stellarwh.errors import WarehouseError
from stellarwh.surveys.known import survey_names
from stellarwh.warehouse.objects import macro_names

# Qualified, and without functions or operators: any of them may be a foreign macro.
_VIEWS = (
    "select schema_name, view_name from system.main.duckdb_views() where not internal"
)
_MACROS = (
    "select schema_name, function_name, macro_definition "
    "from system.main.duckdb_functions() where not internal"
)
_BUILT_IN = "select function_name from system.main.duckdb_functions() where internal"
_SURVEYS = "select survey from meta.ingests"


def check_tables(connection: duckdb.DuckDBPyConnection, *, stored: bool) -> None:
    """Refuse a warehouse in which a view stands where a table belongs.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    stored : bool
        Whether the stored tables of ``sql/`` count, too. A build makes them anew
        whatever stands there.

    Raises
    ------
    WarehouseError
        If there is such a view.
    """
    views = connection.execute(_VIEWS).fetchall()
    sql = content_dir("sql")
    # One that Python writes first: the surveys are read from one of them.
    for schema, name in views:
        if (sql / "tables" / f"{schema}_{name}.sql").exists():
            raise _no_table(schema, name)
    for schema, name in views:
        if schema == "raw" and _is_ingested(connection, name):
            raise _no_table(schema, name)
        if stored and schema in ("main", "matching", "staging"):
            folder = "marts" if schema == "main" else schema
            path = sql / folder / f"{name}.sql"
            if path.exists() and "\n-- stored:" in path.read_text(encoding="utf-8"):
                raise WarehouseError(
                    f"{schema}.{name} of this warehouse is a view where stellarwh "
                    "keeps a table: an earlier version made it, or somebody else "
                    "whose rows would come from elsewhere. Run 'stellarwh build', "
                    "which makes it anew."
                )


def _is_ingested(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    if name in survey_names():
        return True
    try:
        return (name,) in connection.execute(_SURVEYS).fetchall()
    except duckdb.CatalogException:
        return False


def _no_table(schema: str, name: str) -> WarehouseError:
    return WarehouseError(
        f"{schema}.{name} of this warehouse is a view where stellarwh keeps a table: "
        "its rows would come from elsewhere. Use a warehouse from who made the file, "
        "or ingest the catalogues into one of your own."
    )


def check_macros(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Refuse a warehouse in which a macro has the name of a function of DuckDB's own.

    Those that have names of ours are no matter: see `objects.shadow_macros`.

    Returns
    -------
    dict
        What each macro of the warehouse, of whatever schema, comes to, all versions of
        it one after the other; by its name in lower case.

    Raises
    ------
    WarehouseError
        If there is such a macro.
    """
    found = connection.execute(_MACROS).fetchall()
    macros: dict[str, str] = {}
    for _, name, definition in found:
        macros[name.lower()] = f"{macros.get(name.lower(), '')}\n{definition}"
    others = {name.lower() for schema, name, _ in found if schema == "main"}
    others -= macro_names()
    if not others:
        return macros
    built_in = {row[0].lower() for row in connection.execute(_BUILT_IN).fetchall()}
    for name in sorted(others & built_in):
        raise WarehouseError(
            f"This warehouse has a macro '{name}', which takes the place of "
            "DuckDB's own function: results would be wrong. Drop it in the duckdb "
            f'shell (drop macro "{name}"), or use a warehouse of your own.'
        )
    return macros
