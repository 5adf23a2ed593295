"""Work for several tasks: those asked for, or all that are possible."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from stellarwh.errors import TaskError
from stellarwh.runtime.limits import is_of_memory
from stellarwh.runtime.listening import warn
from stellarwh.runtime.plain_text import short
from stellarwh.warehouse.room import is_of_room

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")


def of_each_task(
    connection: "duckdb.DuckDBPyConnection",
    tasks: Sequence[str],
    work: Callable[[str], T],
    check: Callable[[str], None] = lambda _: None,
) -> list[T]:
    """Do some work for the tasks asked for, or for all there are.

    Of all tasks, those that these catalogues cannot serve are told and passed over,
    each in a line and before any work, as far as the check knows; tasks that were
    asked for must work.

    Raises
    ------
    TaskError
        If a task asked for fails, or if none of all could be served.
    """
    from stellarwh.learning import task_names

    for task in tasks:
        if not isinstance(task, str):
            raise TaskError(
                f"{short(task)} is no task; name each as a text of its own."
            )
    if tasks:
        for task in tasks:
            check(task)
        return [work(task) for task in tasks]
    known = task_names(connection)
    if not known:
        raise TaskError("There is no feature view; run 'stellarwh build' first.")
    refused: list[str] = []
    possible = [task for task, _ in _tried(known, check, refused)]
    done = [result for _, result in _tried(possible, work, refused)]
    if len(refused) == len(known):
        why = refused[0] if len(known) == 1 else "the lines above say why."
        raise TaskError(f"None of the {len(known)} tasks is possible: {why}")
    return done


def _tried(
    tasks: Sequence[str], work: Callable[[str], T], refused: list[str]
) -> list[tuple[str, T]]:
    """Return what some work gave for each task; say, and add, why it is impossible."""
    done = []
    for task in tasks:
        try:
            done.append((task, work(task)))
        except TaskError as error:
            if is_of_room(error) or is_of_memory(error):
                raise  # no fault of the task
            warn(str(error))
            refused.append(str(error))
    return done
