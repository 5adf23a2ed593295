"""How long a command waits for a warehouse that another process has."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from stellarwh.errors import InUseError
from stellarwh.runtime.listening import note

T = TypeVar("T")

_patience: ContextVar[float] = ContextVar("patience", default=0.0)
# Between two looks at what another process has, in seconds.
_PAUSE = 0.1


@contextmanager
def waiting_up_to(seconds: float) -> Iterator[None]:
    """Let everything within the block wait for others, up to some seconds each time.

    Parameters
    ----------
    seconds : float
        0 refuses at once.
    """
    token = _patience.set(seconds)
    try:
        yield
    finally:
        _patience.reset(token)


def once_free(attempt: Callable[[], T]) -> T:
    """Return what an attempt returns, once nobody is in its way.

    Whom it waits for is said once, on standard error.

    Parameters
    ----------
    attempt : callable
        Raises `InUseError`, and leaves nothing behind, while another process has what
        it wants.

    Raises
    ------
    InUseError
        If another one still has it when patience ends; at once if it is this process
        itself that has it.
    """
    patience = _patience.get()
    end = time.monotonic() + patience
    is_told = False
    while True:
        try:
            return attempt()
        except InUseError as error:
            left = end - time.monotonic()
            if left <= 0 or not error.passes:
                raise
            if not is_told:
                note(f"Waiting up to {patience:g} s: {error.found}.")
                is_told = True
        time.sleep(min(_PAUSE, left))
