"""Wall time and peak memory of what runs in a process of its own."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """What a subject took and what it printed."""

    seconds: float
    peak_mb: float
    printed: str


def measure(code: str, *arguments: str) -> Measured:
    """Run Python code in a process of its own."""
    return measure_command([sys.executable, "-c", code, *arguments])


def measure_command(command: list[str]) -> Measured:
    """Run a command; a failure ends the benchmark."""
    with tempfile.TemporaryFile("w+") as printed:
        started = time.perf_counter()
        child = subprocess.Popen(command, stdout=printed)
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
        if status:
            raise SystemExit(f"a subject failed with status {status}")
        printed.seek(0)
        return Measured(seconds, used.ru_maxrss / 1024, printed.read())
