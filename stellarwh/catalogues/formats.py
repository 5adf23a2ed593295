"""Recognise what a catalogue file is from its first bytes, never from its name."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from isal import igzip_threaded, isal_zlib

from stellarwh.catalogues.hats_folder import hats_in
from stellarwh.errors import FILE, InputFileError, naming, nearest_name
from stellarwh.runtime.offline import check_local

_BOM = b"\xef\xbb\xbf"
GZIP_MAGIC = b"\x1f\x8b"
_GZIP_ERROR = cast(type[Exception], isal_zlib.IsalError)
_BUFFER_BYTES = 1 << 20
_FIRST_BYTES = 4096
# A VOTable may begin with long comments.
_XML_BYTES = 1 << 20
# Where a tar archive says that it is one.
_TAR = slice(257, 262)
# First bytes of formats, and what to say of those that cannot be read.
_MAGIC = (
    (b"SIMPLE  =", "fits"),
    (b"XTENSION=", "a FITS extension without the primary header before it"),
    (b"PAR1", "parquet"),
    (b"\x89HDF", "an HDF5 file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"\x1f\x9d", "a file of the old program compress"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x04\x22M\x18", "an lz4 file"),
    (GZIP_MAGIC, "gzip within gzip"),
    (b"%PDF", "a PDF document"),
    (b"# %ECSV", "ecsv"),
)


def recognise_format(path: Path) -> tuple[str, bool]:
    """Return the format of a file and whether it is gzip-compressed.

    Returns
    -------
    tuple of (str, bool)
        ``"fits"``, ``"parquet"``, ``"votable"``, ``"ecsv"`` or ``"text"``; of a
        folder ``"hats"``; and whether gzip wraps it.

    Raises
    ------
    InputFileError
        If there is no such file, it is empty, or of a format that is not read.
    """
    if path.is_dir() and hats_in(path) is not None:
        return "hats", False
    _check_is_file(path)
    with read_errors(path), path.open("rb") as file:
        zipped = file.read(2) == GZIP_MAGIC
    with open_bytes(path, zipped=zipped) as stream, read_errors(path):
        start = stream.read(_FIRST_BYTES)
        if start.removeprefix(_BOM).lstrip().startswith(b"<"):
            start += stream.read(_XML_BYTES)
    if not start:
        raise InputFileError(f"{path} is empty; download or copy it again.")
    with naming(path):
        return _name_format(start), zipped


def wide_encoding(start: bytes) -> tuple[str, int]:
    """Return the encoding of a file in UTF-16, and the bytes of its mark.

    Returns
    -------
    tuple of (str, int)
        An empty text if it is not in UTF-16.
    """
    for mark, name in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if start.startswith(mark) and start[2:4] != b"\0\0":
            return name, 2
    # Without a mark, the zeros of its ASCII characters tell.
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = start[first:16:2], start[1 - first : 16 : 2]
        if len(start) >= 6 and not any(zeros) and all(others):
            return name, 0
    return "", 0


def _name_format(start: bytes) -> str:
    encoding, mark = wide_encoding(start)
    if encoding:
        wide = start[mark:].decode(encoding, "replace").lstrip()
        if not wide.startswith(("<", "# %ECSV")):
            return "text"
        raise InputFileError(
            f"{FILE} is {'XML' if wide[0] == '<' else 'ECSV'} in UTF-16, which cannot "
            "be read; save it as UTF-8."
        )
    plain = start.removeprefix(_BOM)
    for magic, name in _MAGIC:
        if plain.startswith(magic):
            if name in ("fits", "parquet", "ecsv"):
                return name
            raise InputFileError(
                f"{FILE} is {name}, which cannot be read; convert it to FITS or CSV."
            )
    if start[_TAR] == b"ustar":
        raise InputFileError(f"{FILE} is a tar archive; unpack it first.")
    text = plain.lstrip()
    if text[:9].upper() == b"<!DOCTYPE" or text[:5].lower() == b"<html":
        raise InputFileError(
            f"{FILE} is a web page, not a catalogue; the download went wrong."
        )
    if text.startswith(b"<") and b"<votable" in text.lower().replace(b":", b"<"):
        return "votable"
    if text.startswith(b"<"):
        raise InputFileError(
            f"{FILE} is XML but no VOTable, which cannot be read; "
            "convert it to FITS or CSV."
        )
    if b"\0" in start:
        raise InputFileError(
            f"{FILE} is neither FITS nor text; it starts with {start[:8]!r}."
        )
    return "text"


def _check_is_file(path: Path) -> None:
    check_local(path)
    if path.is_dir():
        raise InputFileError(
            f"{path} is a folder, and none in HATS; name the catalogue file in it."
        )
    if path.is_symlink() and not path.exists():
        raise InputFileError(
            f"{path} is a link to {path.readlink()}, where there is no file."
        )
    if not path.exists():
        beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        nearest = nearest_name(path.name, beside)
        hint = f" Did you mean '{path.parent / nearest}'?" if nearest else ""
        raise InputFileError(f"There is no file {path}.{hint}")
    if not path.is_file():
        raise InputFileError(f"{path} is not an ordinary file.")
    if path.stat().st_size == 0:
        raise InputFileError(f"{path} is empty; download or copy it again.")


@contextmanager
def open_bytes(path: Path, *, zipped: bool) -> Iterator[BinaryIO]:
    """Open a file for reading, decompressing in a second thread if it is gzip."""
    with read_errors(path):
        if zipped:
            stream = igzip_threaded.open(path, "rb", threads=1)
        else:
            stream = path.open("rb", buffering=_BUFFER_BYTES)
    with stream:
        yield cast(BinaryIO, stream)


@contextmanager
def read_errors(path: Path) -> Iterator[None]:
    """Turn errors of reading and decompressing into one clear line."""
    try:
        yield
    except EOFError:
        raise InputFileError(
            f"{path} is truncated: its gzip stream ends too early; download it again."
        ) from None
    except _GZIP_ERROR as error:
        raise InputFileError(
            f"{path} is damaged: its gzip stream cannot be decompressed ({error})."
        ) from None
    except OSError as error:
        if isinstance(error, gzip.BadGzipFile):
            raise InputFileError(
                f"{path} is damaged: what follows its gzip stream is none; unpack it "
                "with gunzip first."
            ) from None
        text = " ".join(str(error.strerror or error).split())[:200]
        raise InputFileError(f"{path} cannot be read: {text}.") from None


def read_fully(stream: BinaryIO | BufferedReader, buffer: memoryview) -> int:
    """Fill ``buffer`` from ``stream``; return how many bytes there were."""
    filled = 0
    while filled < len(buffer):
        got = stream.readinto(buffer[filled:])  # type: ignore[union-attr]
        if not got:
            break
        filled += got
    return filled
