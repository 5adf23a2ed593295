"""What a request is refused with: a sentence, and the status of HTTP that says it."""

import duckdb

from stellarwh.errors import StellarwhError
from stellarwh.warehouse.messages import first_line

__all__ = ["Busy", "Problem", "Stopped", "Told", "problem_of"]


class Problem(Exception):  # noqa: N818 - most are no error of ours
    """Something that a client is told.

    Parameters
    ----------
    message : str
        One line.
    status : int
        Of HTTP.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Busy(Problem):
    """More requests wait than may."""

    def __init__(self) -> None:
        super().__init__("Too many queries are waiting; try again in a while.", 503)


class Stopped(Problem):
    """A query that was ended: its time was over, or nobody wants it any more.

    Parameters
    ----------
    message, status
        As `Problem` has them.
    is_wanted : bool
        Whether there is still somebody to be told.
    """

    def __init__(
        self, message: str, status: int = 400, *, is_wanted: bool = False
    ) -> None:
        super().__init__(message, status)
        self.is_wanted = is_wanted


class Told(Problem):
    """What went wrong in the midst of rows, and is told at their end."""


def problem_of(error: BaseException) -> Problem:
    """Return what a client is told of an error; nothing of where files are."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, duckdb.OutOfMemoryException):
        return Problem(
            "The query needs more memory than the service gives; ask for fewer columns "
            "or rows, or part of the sky."
        )
    if isinstance(error, duckdb.IOException | OSError):
        return Problem("The machine of the service refused; see its log.", 500)
    if isinstance(error, duckdb.Error):
        return Problem(f"DuckDB refuses the query: {first_line(str(error))}")
    if isinstance(error, StellarwhError):
        return Problem(first_line(str(error)))
    return Problem("The service failed; this is a bug. See its log.", 500)
