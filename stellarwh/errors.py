"""Errors that a user can act on.

Every message says what was found, what was expected and what to do, in one line.
The command line prints it and exits with status 1; a traceback is always a bug.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path


class StellarwhWarning(UserWarning):
    """Something that the user should know; the work goes on.

    Examples
    --------
    >>> import warnings
    >>> import stellarwh
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", stellarwh.StellarwhWarning)
    ...     try:
    ...         warnings.warn("Two rows have no position.", stellarwh.StellarwhWarning)
    ...     except stellarwh.StellarwhWarning as told:
    ...         print(told)
    Two rows have no position.
    """


class StellarwhError(Exception):
    """Base class of every error that stellarwh raises on purpose.

    Examples
    --------
    >>> import stellarwh
    >>> try:
    ...     stellarwh.open("no/such.duckdb")
    ... except stellarwh.StellarwhError as error:
    ...     print(error)  # doctest: +ELLIPSIS
    There is no warehouse at no/such.duckdb; run 'stellarwh demo' or ...
    """


class InputFileError(StellarwhError):
    """A catalogue file that is missing, damaged or not what it was said to be."""


class SpectrumError(InputFileError):
    """A file that holds no spectrum, or not the one that was asked for."""


class SurveyError(StellarwhError):
    """A survey, its description or its columns do not fit together."""


class WarehouseError(StellarwhError):
    """The warehouse file cannot be opened, written or is not complete."""


class InUseError(WarehouseError):
    """Another process has the warehouse, or this one has it already.

    Parameters
    ----------
    found : str
        Who has it, as a sentence without its full stop.
    advice : str, optional
        What to do, where it is not to wait.
    passes : bool
        Whether it is free again once somebody else has done their work.

    Attributes
    ----------
    found, passes
        As given.
    """

    def __init__(
        self, found: str, advice: str | None = None, *, passes: bool = True
    ) -> None:
        self.found = found
        self.passes = passes
        if advice is not None:
            super().__init__(f"{found}; {advice}.")
            return
        super().__init__(
            f"{found}; wait for it to end or close it, then try again, or let the "
            "command wait: --wait SECONDS."
        )


class NoTableError(WarehouseError):
    """There is no table or view of a name."""


class SqlError(StellarwhError):
    """A SQL file or a query that DuckDB refused."""


class AdqlError(SqlError):
    """A query that is not ADQL, or asks for what there is not."""


class UnfitError(SqlError):
    """A query of ours that an object of the warehouse does not fit."""


class TaskError(StellarwhError):
    """A learning task that is unknown or cannot be trained or applied."""


class DownloadError(StellarwhError):
    """A published file that cannot be fetched, or is not what was published."""


class ExchangeError(StellarwhError):
    """Another program of this machine that cannot be reached, or refuses a table."""


class UsageError(StellarwhError):
    """A request that makes no sense as it was written."""


def nearest_name(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate closest to ``name``, ignoring case, or None."""
    by_lower = {candidate.lower(): candidate for candidate in candidates}
    found = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
    return by_lower[found[0]] if found else None


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """Return a sentence that names the nearest candidate, or lists them all.

    Examples
    --------
    >>> did_you_mean("apoge", ["apogee", "galah"])
    "Did you mean 'apogee'?"
    >>> did_you_mean("zzz", ["apogee", "galah"])
    'Known are: apogee, galah.'
    """
    known = sorted(candidates)
    nearest = nearest_name(name, known)
    if nearest is not None:
        return f"Did you mean '{nearest}'?"
    if not known:
        return "There are none yet."
    shown = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    return f"Known are: {shown}."


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Give an error and those that it comes from, the last one first."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


# Stand in the text of an error for the file that it is about, for its name and for that
# without its ending, until `naming` says which file it is. No file is called so.
FILE, ITS_NAME, ITS_STEM = "\0file\0", "\0name\0", "\0stem\0"


def named(text: str, file: Path | str) -> str:
    """Return a text in which `FILE` has its name.

    Examples
    --------
    >>> named(f"{FILE} is empty.", "data/stars.csv")
    'data/stars.csv is empty.'
    """
    path = Path(file)
    for mark, name in (
        (FILE, str(file)),
        (ITS_NAME, path.name),
        (ITS_STEM, path.stem),
    ):
        text = text.replace(mark, name)
    return text


@contextmanager
def naming(file: Path | str) -> Iterator[None]:
    """Name the file in errors of the block that speak of `FILE`.

    What looks into a file need not know what it is called: whoever opens it does.
    """
    try:
        yield
    except StellarwhError as error:
        text = str(error)
        if named(text, file) != text:
            error.args = (named(text, file),)
        raise
