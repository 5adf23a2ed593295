"""The known surveys: their descriptions and their raw tables."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from stellarwh.errors import SurveyError, did_you_mean
from stellarwh.quoting import quote_identifier, quote_text
from stellarwh.surveys.description import Survey, read_survey_file

if TYPE_CHECKING:
    import duckdb

HEALPIX_DESCRIPTION = "HEALPix cell of the position: order 29, nested, ICRS"
_FOLDER = Path(__file__).resolve().parent / "surveys"


def survey_names() -> tuple[str, ...]:
    """Return the names of the known surveys: one per TOML file."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def staged_surveys() -> tuple[str, ...]:
    """Return the names of the known surveys that a staging view reads."""
    return tuple(name for name in survey_names() if _is_staged(name))


def _is_staged(name: str) -> bool:
    """Say it of most without reading all their columns: who is not staged says so."""
    text = (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    return "is_staged" not in text or read_survey(name).is_staged


@cache
def read_survey(name: str) -> Survey:
    """Read the description of a known survey.

    Raises
    ------
    SurveyError
        If the survey is unknown or its description is wrong.
    """
    if name not in survey_names():
        raise SurveyError(
            f"There is no survey '{name}'. {did_you_mean(name, survey_names())}"
        )
    survey = read_survey_file(_FOLDER / f"{name}.toml")
    if survey.name != name:
        raise SurveyError(f"{name}.toml describes a survey named '{survey.name}'.")
    return survey


def create_raw_tables(connection: "duckdb.DuckDBPyConnection") -> None:
    """Create an empty raw table for each staged survey that has none yet.

    So every view on raw tables binds before anything was ingested. Much faster within
    a transaction of the caller's.
    """
    connection.execute("create schema if not exists raw")
    rows = connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'raw'"
    ).fetchall()
    standing = {row[0] for row in rows}
    for survey in map(read_survey, staged_surveys()):
        if survey.name in standing:
            continue
        columns = [f"{quote_identifier(c.name)} {c.type}" for c in survey.columns]
        table = f"raw.{quote_identifier(survey.name)}"
        connection.execute(
            f"create table {table} ({', '.join(columns)}, healpix BIGINT)"
        )
        for column in survey.columns:
            text = comment_text(column.description, column.unit, column.ucd)
            comment_column(connection, table, column.name, text)
        comment_column(connection, table, "healpix", HEALPIX_DESCRIPTION)


def comment_text(description: str, unit: str = "", ucd: str = "") -> str:
    """Return a column comment: description, then [unit] and {ucd} where known."""
    parts = (description, f"[{unit}]" if unit else "", f"{{{ucd}}}" if ucd else "")
    return " ".join(part for part in parts if part)


def comment_column(
    connection: "duckdb.DuckDBPyConnection", table: str, column: str, text: str
) -> None:
    """Set the comment of a column of ``table``, a quoted name."""
    connection.execute(
        f"comment on column {table}.{quote_identifier(column)} is {quote_text(text)}"
    )
