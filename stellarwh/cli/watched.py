"""A command within a limit of memory runs in a child process, and is watched.

Where memory ends, Python and DuckDB raise an error, but some libraries end the process,
or crash. Then it is the parent that says so in one line, and takes away what was left.
"""

import ctypes
import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from stellarwh.runtime.limits import limit_of_memory, prepare_libraries, told_of_memory
from stellarwh.runtime.litter import end, remove_left, tell, told_status

# How processes end that a library gives up.
_ENDED = (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGTRAP)
_AS_IT_ENDS = -1
_PR_SET_PDEATHSIG = 1
_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def watch() -> None:
    """Go on in a child process, if memory is limited; nothing is loaded yet.

    The parent stays in here, and ends as the child does.
    """
    if limit_of_memory() is None:
        return
    prepare_libraries()
    read, write = os.pipe()
    # None may end the parent before it knows to whom to pass them on.
    signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)
    child = os.fork()
    if child:
        os.close(write)
        _end_with(child, read)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _PASSED_ON)
    os.close(read)
    _end_with_parent()
    tell(write)
    _divert_noise()


def leave_to_program() -> None:
    """Make ready for another program in the place of this process."""
    end(_AS_IT_ENDS)
    if sys.stderr.fileno() != 2:
        os.dup2(sys.stderr.fileno(), 2)


def _divert_noise() -> None:
    """Keep what libraries say on their end from the user; Python writes as before."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    sys.stderr = os.fdopen(
        kept, "w", encoding=sys.stderr.encoding, errors="backslashreplace", buffering=1
    )


def _end_with_parent() -> None:
    """Have the system end this process, as by a signal, when its parent is killed."""
    with suppress(OSError, AttributeError):  # of Linux alone
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


def _end_with(child: int, read: int) -> NoReturn:
    def pass_on(number: int, _: FrameType | None) -> None:
        with suppress(ProcessLookupError):  # it has just ended
            os.kill(child, number)

    for number in _PASSED_ON:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, pass_on)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _PASSED_ON)
    told = b""
    while part := os.read(read, 65536):
        told += part
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    said = told_status(told)
    if said is not None and said != _AS_IT_ENDS:
        os._exit(said)  # a library may still crash when Python unloads it
    remove_left(told)
    if said is None and (code >= 0 or -code in _ENDED):
        os.write(2, f"Error: {told_of_memory()}\n".encode())
        os._exit(1)
    if code < 0:
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)
