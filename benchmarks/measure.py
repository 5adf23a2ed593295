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


def measure_command(command: list[str], *, quiet: bool = False) -> Measured:
    """Run a command, without its messages if ``quiet``; a failure ends all."""
    with tempfile.TemporaryFile("w+") as printed:
        started = time.perf_counter()
        said = subprocess.DEVNULL if quiet else None
        child = subprocess.Popen(command, stdout=printed, stderr=said)
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
        if status:
            raise SystemExit(f"a subject failed with status {status}")
        printed.seek(0)
        return Measured(seconds, used.ru_maxrss / 1024, printed.read())
