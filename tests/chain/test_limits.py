"""Each view gives as many rows as it is asked for, and ends.

DuckDB 2.0 forgets a LIMIT above a left join whose right side it knows to be empty by
a filter on it; and what counts rows above a LIMIT may wait for itself for ever, as it
did here of main.calibrated (decision 95).
"""

from stellarwh.quoting import quote_identifier
from stellarwh.warehouse.database import open_warehouse


def test_views_give_no_more_rows_than_asked_for(chain):
    with open_warehouse(chain.warehouse, read_only=True) as connection:
        views = connection.execute(
            "select schema_name, view_name from duckdb_views() "
            "where not internal and database_name = current_database()"
        ).fetchall()
        given = {
            (schema, view): connection.execute(
                f"select count(*) from (from {schema}.{quote_identifier(view)} limit 2)"
            ).fetchall()[0][0]
            for schema, view in views
        }
    assert len(given) > 40
    assert {view: rows for view, rows in given.items() if rows > 2} == {}
