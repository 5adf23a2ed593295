"""The folder that the pages of a report go to."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stellarwh.errors import UsageError
from stellarwh.offline import check_local


@contextmanager
def folder_for(out: Path) -> Iterator[None]:
    """Make a folder; if the block fails, none is left that was not there.

    Raises
    ------
    UsageError
        If it cannot be made.
    """
    check_local(out, UsageError, "Name a folder here with --out.")
    is_new = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{out} is not a folder that can be made ({error.strerror}); "
            "name another one with --out."
        ) from None
    try:
        yield
    except BaseException:
        if is_new:
            with suppress(OSError):  # pages are in it
                out.rmdir()
        raise
