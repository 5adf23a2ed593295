"""The memory that this process may have, where its user has limited it."""

import ctypes
import os
import re
import resource
from contextlib import suppress
from functools import cache

from stellarwh.errors import chain

# What a thread needs besides its work: its stack, and the arenas of the allocators.
_BYTES_OF_THREAD = 1 << 30
_M_ARENA_MAX = -8
_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "RAYON_NUM_THREADS",
)
# What libraries say whose errors are of no kind of their own.
_OF_MEMORY = re.compile(
    r"bad.?alloc|cannot allocate|allocation fail|failed to allocate|out of memory"
    r"|memory allocation|not enough memory|start new thread|failed to map segment"
    r"|resource temporarily unavailable|malloc of size",
    re.IGNORECASE,
)


@cache
def limit_of_memory() -> int | None:
    """Return the bytes of address space that this process may have; None: no limit.

    It is set by ``ulimit -v``, and by schedulers of clusters.
    """
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def threads_within_limit(cores: int) -> int:
    """Return how many threads to run on some cores: fewer within little memory."""
    limit = limit_of_memory()
    return cores if limit is None else max(1, min(cores, limit // _BYTES_OF_THREAD))


def prepare_libraries() -> None:
    """Have libraries that are not loaded yet reserve little, where there is a limit.

    Each thread of theirs takes address space for its stack and its own heap, used or
    not, and where it cannot have it, some end the process.
    """
    if limit_of_memory() is None:
        return
    threads = str(threads_within_limit(available_cores()))
    for name in _THREADS:
        os.environ.setdefault(name, threads)
    # Arrow's mimalloc takes 1 GiB at once, of which OpenBLAS may then find none, and
    # asks for ever. polars brings jemalloc with it.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    os.environ.setdefault("_RJEM_MALLOC_CONF", "background_thread:false,narenas:1")
    with suppress(OSError, AttributeError):  # another C library than that of GNU
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def is_of_memory(error: BaseException | None) -> bool:
    """Return whether an error, or one that it comes from, is of too little memory."""
    return any(
        isinstance(one, MemoryError)
        or (limit_of_memory() is not None and bool(_OF_MEMORY.search(str(one))))
        for one in chain(error)
    )


def told_of_memory() -> str:
    """Return what a user is told whose command had too little memory."""
    limit = limit_of_memory()
    if limit is None:
        return (
            "There is not enough memory; end other programs, or take another machine."
        )
    return (
        f"Memory is limited to {limit / 1e9:.1f} GB here (ulimit -v), which is too "
        "little for this; raise the limit and try again."
    )
