"""Who hears what a work says of itself: nobody, unless somebody listens.

The command line listens and shows it on the terminal; a program that calls the library
may listen as it likes. Nothing here prints.
"""

import sys
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from types import FrameType

from stellarwh.errors import StellarwhWarning
from stellarwh.runtime.progress import UNTOLD, Progress


class Listener:
    """Hears what is said, and passes on warnings alone, as Python's."""

    def note(self, text: str) -> None:
        """Hear a line about the work."""

    def warn(self, text: str) -> None:
        """Hear what the user should know."""
        warnings.warn(text, StellarwhWarning, stacklevel=_calls_within())

    def progress(
        self,
        description: str,
        total: float | None = None,
        *,
        unit: str = "",
        in_bytes: bool = False,
    ) -> AbstractContextManager[Progress]:
        """Hear how far the work of a block is.

        Parameters
        ----------
        description : str
            What is being done, for example ``"ingest apogee"``.
        total : float or None
            Amount of work in the unit that `Progress.advance` counts; None if unknown.
        unit : str
            What is counted, for example ``"rows"``; without it only percents are told.
        in_bytes : bool, default False
            The unit is bytes.
        """
        del description, total, unit, in_bytes
        return nullcontext(UNTOLD)


def _calls_within() -> int:
    """Return how many calls of ours lie between a warning and whoever called us."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and _is_ours(frame):
        level, frame = level + 1, frame.f_back
    return level


def _is_ours(frame: FrameType) -> bool:
    name = str(frame.f_globals.get("__name__", ""))
    return name.partition(".")[0] in ("stellarwh", "contextlib", "functools")


_LISTENER = ContextVar("stellarwh_listener", default=Listener())  # noqa: B039 - holds nothing


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let ``listener`` hear what the work of the block says, in this thread."""
    before = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(before)


def note(text: str) -> None:
    """Say a line about the work."""
    _LISTENER.get().note(text)


def warn(text: str) -> None:
    """Say what the user should know."""
    _LISTENER.get().warn(text)


def progress(
    description: str,
    total: float | None = None,
    *,
    unit: str = "",
    in_bytes: bool = False,
) -> AbstractContextManager[Progress]:
    """Say how far the work of the block is; see `Listener.progress`."""
    return _LISTENER.get().progress(description, total, unit=unit, in_bytes=in_bytes)
