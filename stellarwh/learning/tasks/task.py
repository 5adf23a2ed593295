"""A learning task: a view in ``features`` and what its column names mean."""

from dataclasses import dataclass
from typing import Literal

import duckdb

from stellarwh.content import content_dir
from stellarwh.errors import NoTableError, TaskError, did_you_mean
from stellarwh.quoting import quote_table
from stellarwh.warehouse.freshness import require_current_table
from stellarwh.warehouse.messages import first_line
from stellarwh.warehouse.tables import find_table

Kind = Literal["number", "class"]
LABEL = "label_"
ERROR = "_err"
GROUP = "healpix_group"
STAR = "star_id"
_NUMBERS = {
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT",
    "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
    "FLOAT", "DOUBLE", "BOOLEAN",
}  # fmt: skip
# Every type whose values fit the BIGINT of the tables that predictions go to.
_IDS = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """One label column of a task."""

    name: str
    column: str
    kind: Kind
    error_column: str | None


@dataclass(frozen=True)
class Task:
    """A feature view, taken apart by its column names."""

    name: str
    features: tuple[str, ...]
    feature_types: tuple[str, ...]
    targets: tuple[Target, ...]
    view_sql: str

    @property
    def table(self) -> str:
        """Quoted, qualified name of the view."""
        return quote_table(f"features.{self.name}")


def task_names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the names of all tasks: the views and tables of schema ``features``."""
    rows = connection.execute(
        "select table_name from information_schema.tables "
        "where table_schema = 'features' and table_catalog = current_database() "
        "order by table_name"
    ).fetchall()
    return [row[0] for row in rows]


def read_task(connection: duckdb.DuckDBPyConnection, name: str) -> Task:
    """Return the task of this name, its columns checked against the contract.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open, built warehouse.
    name : str
        Name of the view, with or without ``features.``.

    Raises
    ------
    TaskError
        If there is no such view, or its columns do not make a task.
    WarehouseError
        If it reads what is stored of other data than stand in the warehouse.
    """
    try:
        view = find_table(connection, name, schema="features")
    except NoTableError:
        short = name.removeprefix("features.")
        raise TaskError(
            f"There is no task '{short}': no view of that name in schema features. "
            f"{did_you_mean(short, task_names(connection))}"
        ) from None
    short = view.name
    require_current_table(connection, view)
    try:
        described = connection.execute(f"describe {view.quoted}").fetchall()
    except duckdb.Error as error:
        raise unreadable(short, error) from None
    types = {_as_contract(row[0]): str(row[1]) for row in described}
    for needed, meaning in ((STAR, "the star"), (GROUP, "its sky cell")):
        if needed not in types:
            raise TaskError(
                f"features.{short} has no column {needed} ({meaning}); add it to the "
                f"view. It has: {', '.join(types)}."
            )
        if types[needed] not in _IDS:
            raise TaskError(
                f"features.{short}.{needed} is {types[needed]}; it must be an integer "
                "that fits BIGINT."
            )
    targets = _targets(short, types)
    labels = {target.column for target in targets}
    errors = {target.error_column for target in targets}
    features = [c for c in types if c not in {STAR, GROUP} | labels | errors]
    if not features:
        raise TaskError(f"features.{short} has no feature column beside its labels.")
    for column in features:
        if not _is_number(types[column]):
            raise TaskError(
                f"Feature {column} of features.{short} is {types[column]}; features "
                "are numbers or booleans, so turn it into one in the view."
            )
    return Task(
        short,
        tuple(features),
        tuple(types[c] for c in features),
        targets,
        _view_sql(connection, short),
    )


def unreadable(name: str, error: Exception) -> TaskError:
    """Return the error of a view that DuckDB cannot read, in one line."""
    line = first_line(str(error)).rstrip(".")
    is_ours = (content_dir("sql") / "features" / f"{name}.sql").exists()
    advice = "run 'stellarwh build'" if is_ours else "mend the view, or drop it"
    return TaskError(f"features.{name} cannot be read: {line}; {advice}.")


def _as_contract(column: str) -> str:
    """Return the name as the contract spells it: SQL does not mind upper case."""
    lower = column.lower()
    if lower in (STAR, GROUP):
        return lower
    if not lower.startswith(LABEL):
        return column
    name = LABEL + column[len(LABEL) :]
    return name[: -len(ERROR)] + ERROR if lower.endswith(ERROR) else name


def _targets(name: str, types: dict[str, str]) -> tuple[Target, ...]:
    labels = [column for column in types if column.startswith(LABEL)]
    spelt = {c.lower(): c for c in labels}
    error_of = {
        spelt[c.lower().removesuffix(ERROR)]: c
        for c in labels
        if c.endswith(ERROR) and c.lower().removesuffix(ERROR) in spelt
    }
    errors = set(error_of.values())
    targets = []
    for column in labels:
        if column in errors:
            continue
        if column == LABEL:
            raise TaskError(
                f"Label {LABEL} of features.{name} names no target; call it "
                f"{LABEL}<target>."
            )
        error = error_of.get(column)
        is_class = _is_text(types[column])
        if not is_class and types[column] == "BOOLEAN":
            raise TaskError(
                f"Label {column} of features.{name} is BOOLEAN; make it text (two "
                "class names) or a number."
            )
        if not is_class and not _is_number(types[column]):
            raise TaskError(
                f"Label {column} of features.{name} is {types[column]}; a label is a "
                "number or a text, so turn it into one in the view."
            )
        if error and not _is_number(types[error]):
            raise TaskError(
                f"{error} of features.{name} is {types[error]}; the error of a label "
                "is a number."
            )
        targets.append(
            Target(
                column.removeprefix(LABEL),
                column,
                "class" if is_class else "number",
                None if is_class else error,
            )
        )
    if not targets:
        raise TaskError(
            f"features.{name} has no label: name at least one column label_<target>."
        )
    return tuple(targets)


def _is_number(type_name: str) -> bool:
    is_decimal = type_name.startswith("DECIMAL(") and type_name.endswith(")")
    return type_name in _NUMBERS or is_decimal


def _is_text(type_name: str) -> bool:
    is_enum = type_name.startswith("ENUM(") and type_name.endswith(")")
    return type_name == "VARCHAR" or is_enum


def _view_sql(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    rows = connection.execute(
        "select sql from duckdb_views() where schema_name = 'features' "
        "and view_name = ? and database_name = current_database()",
        [name],
    ).fetchall()
    return str(rows[0][0]) if rows else f"from features.{name}"
