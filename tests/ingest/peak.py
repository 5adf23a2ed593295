"""The command line in a process of its own, with the peak of its memory."""

import subprocess
import sys

# ru_maxrss of a child starts at its parent's peak; what /proc says is its own.
_COMMAND = """
import resource
from pathlib import Path
from stellarwh.cli import main
try:
    main()
finally:
    status = Path("/proc/self/status")
    if status.exists():
        peak = status.read_text().split("VmHWM:")[1].split()[0]
    else:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak)
"""


def run_with_peak(
    *arguments: object,
) -> tuple[subprocess.CompletedProcess[str], int]:
    """Run ``stellarwh``; return what it did and its peak memory in KiB."""
    done = subprocess.run(
        [sys.executable, "-c", _COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    return done, int(done.stdout.split()[-1])
