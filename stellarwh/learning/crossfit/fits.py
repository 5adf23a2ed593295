"""The fits of one training: side by side, counted, each under a name."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from threading import Lock
from typing import Any, TypeVar

from stellarwh.learning.estimators.targets import TargetRows
from stellarwh.learning.estimators.workers import end_if_stopped

# Told of each piece of work that is done: target (empty where it is of no single one),
# what it was, how many are done, of how many.
Progress = Callable[[str, str, int, int], None]
ALL = "all stars"
_T = TypeVar("_T")


class Fits:
    """Submits fits to a pool and tells of each one that is done.

    Parameters
    ----------
    pool : concurrent.futures.Executor
        Where they run.
    total : int
        How many there will be.
    progress : callable, optional
        Called with (target, what, done, total) from the threads of the pool, one call
        at a time.
    """

    def __init__(
        self, pool: Executor, total: int, progress: Progress | None = None
    ) -> None:
        self._pool = pool
        self._total = total
        self._progress = progress
        self._done = 0
        self._lock = Lock()

    def submit(
        self, target: str, what: str, work: Callable[..., _T], *arguments: Any
    ) -> Future[_T]:
        """Submit some work on a target, said in words."""
        return self._pool.submit(self._run, target, what, work, arguments)

    def _run(
        self,
        target: str,
        what: str,
        work: Callable[..., _T],
        arguments: tuple[Any, ...],
    ) -> _T:
        end_if_stopped()
        found = work(*arguments)
        if self._progress is not None:
            with self._lock:
                self._done += 1
                self._progress(target, what, self._done, self._total)
        return found


def count_fits(rows: TargetRows) -> int:
    """Return how many pieces of work the fits of a target are."""
    values = 1 + len(rows.folds) + len(rows.random_folds)
    if rows.classes:
        return values
    # Beside them: baselines, spreads, importance of features, errors of labels.
    return values + len(rows.folds) + 1 + len(rows.folds) + 2


def fold_words(rows: TargetRows, k: int) -> str:
    """Return which fold this is, as the user counts."""
    return f"fold {k + 1} of {len(rows.folds)}"


def random_words(k: int) -> str:
    """Return which random fold this is."""
    return f"random fold {k + 1}"
