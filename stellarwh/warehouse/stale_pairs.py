"""Stored pairs whose catalogues have other files now than when they were matched."""

import duckdb

from stellarwh.warehouse.freshness import tables_shown

# By ingest: a file that is read anew has another one, as has one that is appended.
_CHANGED = """
select pairs, list(survey order by survey)
from (
    select pairs, source.survey as survey, list_sort(list(source.ingest_id)) as files
    from (
        select survey as pairs, unnest(made_of) as source
        from meta.ingests where format = 'match'
    )
    group by all
) as made
left join (
    select survey, list_sort(list(ingest_id)) as files
    from meta.ingests group by survey
) as held using (survey)
where made.files is distinct from held.files
group by pairs
"""


def changed_catalogues(
    connection: duckdb.DuckDBPyConnection,
) -> dict[str, list[str]]:
    """Return the stored pairs that are of other files than their catalogues now.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.

    Returns
    -------
    dict
        Of each name of stored pairs the catalogues that were read anew, appended to or
        removed since. Nothing of pairs that an earlier version stored.
    """
    try:
        return dict(connection.execute(_CHANGED).fetchall())
    except (duckdb.BinderException, duckdb.CatalogException):
        return {}


def stale_pairs(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Return a sentence for each stale table of pairs that is read.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    table : str
        As a user names it; or a SELECT.
    """
    changed = changed_catalogues(connection)
    if not changed:
        return []
    read = tables_shown(connection, table)
    return [
        f"raw.{name} holds pairs of files that {said(catalogues)} had before; match "
        "again with --replace."
        for name, catalogues in sorted(changed.items())
        if f"raw.{name}" in read
    ]


def said(catalogues: list[str]) -> str:
    """Return the raw tables of catalogues in words."""
    return " and ".join(f"raw.{name}" for name in catalogues)
