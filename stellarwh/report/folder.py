"""The folder that the pages of a report go to."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from stellarwh.errors import UsageError
from stellarwh.runtime.folders import folder_made
from stellarwh.runtime.offline import check_local


@contextmanager
def folder_for(out: Path) -> Iterator[None]:
    """Make a folder; if the block fails, none is left that was not there.

    Raises
    ------
    UsageError
        If it cannot be made.
    """
    check_local(out, UsageError, "Name a folder here with --out.")
    with ExitStack() as stack:
        try:
            stack.enter_context(folder_made(out))
        except OSError as error:
            raise UsageError(
                f"{out} is not a folder that can be made ({error.strerror}); "
                "name another one with --out."
            ) from None
        yield
