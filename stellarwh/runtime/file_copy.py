"""Copies of a large file, as cheap as its file system lets them be."""

import errno
import fcntl
import os
import shutil
import stat
from pathlib import Path

# Linux's request for a copy that shares blocks with the original: ioctl_ficlone(2).
_FICLONE = 0x40049409
# Between two chances to stop.
_PART = 64 << 20


def copy_file(source: Path, target: Path, *, spare: float = 0) -> None:
    """Copy a file with its mode, owner and extended attributes; holes stay holes.

    Parameters
    ----------
    source : Path
        A file that nobody writes to meanwhile.
    target : Path
        Where nothing is yet.
    spare : float
        How many bytes there must be room for besides, if blocks are not shared.

    Raises
    ------
    OSError
        If there is no room, or owner and mode cannot be kept.
    """
    read = os.open(source, os.O_RDONLY)
    try:
        write = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            copy_opened(read, write, spare=spare)
        finally:
            os.close(write)
    finally:
        os.close(read)
    times = target.stat()
    shutil.copystat(source, target)
    os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))


def copy_opened(source: int, target: int, *, spare: float = 0) -> None:
    """Copy content, mode and owner of an open file; its locks stay as they are."""
    known = os.fstat(source)
    mine = os.fstat(target)
    if (known.st_uid, known.st_gid) != (mine.st_uid, mine.st_gid):
        os.fchown(target, known.st_uid, known.st_gid)
    os.fchmod(target, stat.S_IMODE(known.st_mode))
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:
        _check_room(target, known.st_blocks * 512 + spare)
        _copy_content(source, target, known.st_size)


def _check_room(target: int, needed: float) -> None:
    found = os.fstatvfs(target)
    if found.f_bavail * found.f_frsize < needed:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _copy_content(source: int, target: int, size: int) -> None:
    os.ftruncate(target, size)
    start = 0
    while start < size:
        try:
            start = os.lseek(source, start, os.SEEK_DATA)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            return  # nothing but a hole is left
        end = os.lseek(source, start, os.SEEK_HOLE)
        while start < end:
            start += _copy_part(source, target, start, min(_PART, end - start))


def _copy_part(source: int, target: int, start: int, size: int) -> int:
    """Copy some bytes and return how many."""
    if hasattr(os, "copy_file_range"):
        try:
            copied = os.copy_file_range(source, target, size, start, start)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.ENOSYS, errno.EOPNOTSUPP):
                raise
        else:
            if copied:
                return copied
    part = os.pread(source, min(size, 1 << 20), start)
    if not part:
        raise OSError(errno.EIO, "The file became shorter while it was copied")
    return os.pwrite(target, part, start)
