"""What a user is told where a disk is full, or files may grow no further."""

import errno
import re

from stellarwh.errors import SqlError, StellarwhError, TaskError, UnfitError, chain
from stellarwh.warehouse.messages import first_line

_NUMBERS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# DuckDB and Arrow say it in words alone; the last is of rows that are put aside.
_WORDS = re.compile(
    r"No space left on device|Disk quota exceeded|File too large"
    r"|no room for rows put aside"
)
# These say of a query what is true of the disk.
_MISLEADING = (SqlError, TaskError, UnfitError)


def is_of_room(error: BaseException | None) -> bool:
    """Return whether an error, or one that it comes from, is of a full disk."""
    return any(_says_so(one) for one in chain(error))


def told_of_room(error: BaseException) -> str:
    """Return in one line what a full disk kept from being written, and what to do."""
    found = [one for one in chain(error) if _says_so(one)]
    ours = [
        one
        for one in found
        if isinstance(one, StellarwhError) and not isinstance(one, _MISLEADING)
    ]
    text = first_line(_text(ours[0] if ours else found[-1])).rstrip(".")
    if "File too large" in text:
        return f"{text}; files are limited in size here (ulimit -f), or by the disk."
    return f"{text}; make room there and run the command again."


def _says_so(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in _NUMBERS:
        return True
    return bool(_WORDS.search(_text(error)))


def _text(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno in _NUMBERS:
        return (
            f"{error.filename or 'What was made'} cannot be written: {error.strerror}"
        )
    return str(error)
