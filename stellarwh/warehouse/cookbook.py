"""The cookbook: queries that astronomers ask, a file each under ``sql/cookbook``."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from stellarwh.content import content_dir
from stellarwh.warehouse.messages import first_line
from stellarwh.warehouse.sql_files import read_header
from stellarwh.warehouse.time_limit import OutOfTimeError, stopped_at

_LATE = "it takes longer than a report waits"


@dataclass(frozen=True)
class Recipe:
    """A query, and what it is for.

    Attributes
    ----------
    name : str
        That of its file, without the number that orders them.
    topic : str
        Under which it stands.
    text : str
        What it finds.
    sql : str
        To be pasted into any shell.
    """

    name: str
    topic: str
    text: str
    sql: str


@dataclass(frozen=True)
class Served:
    """A recipe, and what it gives of a warehouse.

    Attributes
    ----------
    recipe : Recipe
    columns : tuple of str
    rows : tuple of tuple
        The first rows.
    n_rows : int or None
        How many there are; None where it was not run to its end.
    why_not : str
        Why it was not.
    is_late : bool
        Whether that is because its time was over.
    """

    recipe: Recipe
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()
    n_rows: int | None = None
    why_not: str = ""
    is_late: bool = False


def read_cookbook(folder: Path | None = None) -> list[Recipe]:
    """Read all recipes, in their order.

    Parameters
    ----------
    folder : Path, optional
        Where they are, if not in ``sql/cookbook``.
    """
    folder = folder or content_dir("sql") / "cookbook"
    recipes = []
    for path in sorted(folder.glob("*.sql")):
        whole = path.read_text(encoding="utf-8")
        text, fields = read_header(whole)
        lines = whole.splitlines(keepends=True)
        sql = "".join(line for line in lines if not line.startswith("--"))
        name = path.stem.partition("_")[2]
        recipes.append(Recipe(name, fields["topic"], text, sql))
    return recipes


def serve(
    connection: duckdb.DuckDBPyConnection,
    seconds: float,
    *,
    quick: float,
    shown: int,
    clock: Callable[[], float] = time.process_time,
) -> list[Served]:
    """Run the recipes on a warehouse as far as their time goes: quick ones first.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse; read-only will do.
    seconds : float
        Of processor time, for all.
    quick : float
        For one, before all others have had as much.
    shown : int
        How many rows are wanted.
    clock : callable
        Tells the time that is measured.

    Returns
    -------
    list of Served
        Each recipe, in their order.
    """
    end = clock() + seconds
    recipes = read_cookbook()
    served = [
        _serve(connection, recipe, min(end, clock() + quick), shown, clock)
        for recipe in recipes
    ]
    return [
        _serve(connection, recipe, end, shown, clock) if one.is_late else one
        for recipe, one in zip(recipes, served, strict=True)
    ]


def _serve(
    connection: duckdb.DuckDBPyConnection,
    recipe: Recipe,
    deadline: float,
    shown: int,
    clock: Callable[[], float],
) -> Served:
    try:
        with stopped_at(connection, deadline, clock):
            found = connection.execute(recipe.sql)
            columns = tuple(about[0] for about in found.description or ())
            rows = found.fetchall()
    except OutOfTimeError:
        return Served(recipe, why_not=_LATE, is_late=True)
    except duckdb.Error as error:
        return Served(recipe, why_not=first_line(str(error)))
    return Served(recipe, columns, tuple(rows[:shown]), len(rows))
