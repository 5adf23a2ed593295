"""Time, processor and peak memory of what runs in a process of its own."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """What a subject took and what it printed.

    Parameters
    ----------
    seconds : float
        Of the wall.
    peak_mb : float
        Largest resident memory of the process, or of one that it waited for.
    printed : str
        Its standard output.
    processor : float
        Seconds, user and system, of the process and those that it waited for.
    status : int
        As `os.wait4` has it; 0 where all went well.
    """

    seconds: float
    peak_mb: float
    printed: str
    processor: float = 0.0
    status: int = 0


def measure(code: str, *arguments: str) -> Measured:
    """Run Python code in a process of its own."""
    return measure_command([sys.executable, "-c", code, *arguments])


def measure_command(command: list[str], *, quiet: bool = False) -> Measured:
    """Run a command, without its messages if ``quiet``; a failure ends all."""
    found = measure_process(command, subprocess.DEVNULL if quiet else None)
    if found.status:
        raise SystemExit(f"a subject failed with status {found.status}")
    return found


def measure_process(
    command: list[str], said: int | None = None, within: float | None = None
) -> Measured:
    """Run a command, whatever becomes of it.

    Parameters
    ----------
    command : list of str
        What to run.
    said : int, optional
        Where its messages go, a descriptor; by default to our own.
    within : float, optional
        Seconds after which it is killed.
    """
    with tempfile.TemporaryFile("w+") as printed:
        started = time.perf_counter()
        child = subprocess.Popen(command, stdout=printed, stderr=said)
        status, used = _wait(child, started, within)
        seconds = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)  # it is waited for
        printed.seek(0)
        return Measured(
            seconds=seconds,
            peak_mb=used.ru_maxrss / 1024,
            printed=printed.read(),
            processor=used.ru_utime + used.ru_stime,
            status=status,
        )


def _wait(
    child: subprocess.Popen[bytes], started: float, within: float | None
) -> tuple[int, "resource.struct_rusage"]:
    """Wait for a process; kill it where it takes too long."""
    while True:
        ended, status, used = os.wait4(child.pid, 0 if within is None else os.WNOHANG)
        if ended:
            return status, used
        if within is not None and time.perf_counter() - started > within:
            child.kill()
            within = None
        else:
            time.sleep(0.02)
