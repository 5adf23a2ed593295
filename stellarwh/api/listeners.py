"""Progress as a callback hears it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stellarwh.runtime.listening import Listener
from stellarwh.runtime.progress import Progress

# What is done, how much of it, and of how much; None where nobody knows.
Callback = Callable[[str, float, float | None], None]


class _Told(Progress):
    """Tells a callback how far the work is."""

    def __init__(self, callback: Callback, text: str, total: float | None) -> None:
        self._callback = callback
        self._text = text
        self._done = 0.0
        self._total = total
        self._tell()

    def stage(self, text: str, total: float | None = None) -> None:
        """Say what is being done from now on."""
        self._text = text
        if total is not None:
            self._done, self._total = 0.0, total
        self._tell()

    def expect(self, total: float | None) -> None:
        """Set the amount of work."""
        self._total = total

    def advance(self, amount: float = 1) -> None:
        """Add ``amount`` to the work done."""
        self._done += amount
        self._tell()

    def reach(self, done: float, total: float | None, text: str | None = None) -> None:
        """Say how much of how much is done, and of what."""
        self._done, self._total = done, total
        self._text = self._text if text is None else text
        self._tell()

    def _tell(self) -> None:
        self._callback(self._text, self._done, self._total)


class CallbackListener(Listener):
    """Passes progress on to a callback; what is said else is as without one.

    Parameters
    ----------
    callback : callable
        Called as ``callback(what, done, total)``, from whichever thread works.
    """

    def __init__(self, callback: Callback) -> None:
        self._callback = callback

    @contextmanager
    def progress(
        self,
        description: str,
        total: float | None = None,
        *,
        unit: str = "",
        in_bytes: bool = False,
    ) -> Iterator[Progress]:
        """Tell the callback how far the work of the block is."""
        del unit, in_bytes
        yield _Told(self._callback, description, total)
