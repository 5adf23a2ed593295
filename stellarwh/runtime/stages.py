"""Where the time of an ingest goes: wall and processor seconds, stage by stage."""

import json
import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

# What DuckDB calls the steps of making a raw table, and what they are.
_STEPS = {
    "PROJECTION": "HEALPix",
    "ORDER_BY": "sorting",
    "CREATE_TABLE_AS": "writing",
    "BATCH_CREATE_TABLE_AS": "writing",
}


@dataclass
class Stage:
    """One stage of an ingest.

    Parameters
    ----------
    name : str
        What is done.
    wall : float or None
        Seconds that passed; None for steps that are done side by side.
    processor : float
        Seconds of all threads that did it.
    """

    name: str
    wall: float | None = 0.0
    processor: float = 0.0


class Stages:
    """Adds up the seconds of stages, those in threads of their own told apart.

    Parameters
    ----------
    profiled : bool
        Have DuckDB tell what HEALPix, sorting and writing take of storing.
    """

    def __init__(self, *, profiled: bool = False) -> None:
        self._profiled = profiled
        self._stages: dict[str, Stage] = {}
        self._weights: dict[str, dict[str, float]] = {}
        self._lock = threading.Lock()
        self._beside = 0.0  # processor seconds of stages in threads of their own

    def __iter__(self) -> Iterator[Stage]:
        """Yield the stages in the order in which they began, each before its steps."""
        for stage in self._stages.values():
            yield stage
            weights = self._weights.get(stage.name, {})
            share = stage.processor / (sum(weights.values()) or 1.0)
            for name, weight in weights.items():
                yield Stage(f"  of that {name}", None, share * weight)

    def lines(self) -> list[str]:
        """Return the stages as lines of text, below a heading."""
        lines = [f"{'stage':<20} {'wall s':>8} {'processor s':>12}"]
        for stage in self:
            wall = "" if stage.wall is None else f"{stage.wall:.2f}"
            lines.append(f"{stage.name:<20} {wall:>8} {stage.processor:>12.2f}")
        return lines

    def add(self, name: str, wall: float, processor: float) -> None:
        """Add seconds to a stage."""
        with self._lock:
            stage = self._stages.setdefault(name, Stage(name))
            stage.processor += processor
            stage.wall = (stage.wall or 0.0) + wall

    def add_start(self) -> None:
        """Count what the process took until now: Python and what it loaded."""
        used = time.process_time() - self._beside
        self.add("start", _seconds_running(), used)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Count what the block takes, but for stages in threads of their own."""
        self.add(name, 0.0, 0.0)
        wall, processor = time.perf_counter(), time.process_time() - self._beside
        try:
            yield
        finally:
            used = time.process_time() - self._beside - processor
            self.add(name, time.perf_counter() - wall, max(0.0, used))

    @contextmanager
    def beside(self, name: str) -> Iterator[None]:
        """Count what the block takes in this thread, which is not the main one.

        It should be short: what it takes is known to other stages when it ends.
        """
        wall, processor = time.perf_counter(), time.thread_time()
        try:
            yield
        finally:
            used = time.thread_time() - processor
            self.add(name, time.perf_counter() - wall, used)
            with self._lock:
                self._beside += used

    @contextmanager
    def steps_of(
        self, connection: "duckdb.DuckDBPyConnection", name: str
    ) -> Iterator[None]:
        """Share a stage out to what DuckDB does in the one statement of the block.

        DuckDB's clock runs on while a thread waits for a core: it tells the shares of
        the steps, not their seconds. It changes a setting of the connection,
        ``enable_profiling``.
        """
        if self._profiled:
            connection.execute("set enable_profiling = 'no_output'")
        yield
        if self._profiled:
            told = json.loads(connection.get_profiling_information(format="json"))
            weights = self._weights.setdefault(name, {})
            for step, seconds in _timed_steps(told["operator"]):
                weights[step] = weights.get(step, 0.0) + seconds


def _timed_steps(
    operators: Iterable[Mapping[str, Any]],
) -> Iterator[tuple[str, float]]:
    """Yield the steps that we name among operators and those below, with their time."""
    for operator in operators:
        if operator["type"] in _STEPS:
            yield _STEPS[operator["type"]], operator["timing"]
        yield from _timed_steps(operator.get("children", ()))


def _seconds_running() -> float:
    """Return how long this process has been running, where the system tells."""
    try:
        told = Path("/proc/self/stat").read_text(encoding="ascii")
        ticks = int(told.rpartition(")")[2].split()[19])
        started = ticks / os.sysconf("SC_CLK_TCK")
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - started)
    except (OSError, ValueError, AttributeError, IndexError):
        return time.process_time()
