"""Which side of a match is a file, or files that make one catalogue."""

import glob
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from stellarwh.catalogues.choice import split_source
from stellarwh.catalogues.hats_folder import (
    HatsCatalogue,
    cell_files,
    hats_above,
    hats_in,
    is_cell,
)
from stellarwh.errors import InputFileError

_PARQUET = (".parquet", ".parq", ".pq")
_FILE_ENDINGS = {".fits", ".fit", ".csv", ".txt", ".dat", ".gz", ".tsv", *_PARQUET}
_FILE_ENDINGS |= {".ecsv", ".vot", ".votable", ".xml"}


@dataclass(frozen=True)
class FileSet:
    """Files that are matched as one catalogue.

    Parameters
    ----------
    source : str
        What the user named.
    files : tuple of Path
        The files, in the order of their rows.
    position : tuple of (str, str), optional
        Its position columns, where a HATS catalogue names them.
    expected : int, optional
        How many rows a HATS catalogue says that it has.
    notes : tuple of str
        Files that were left out.
    """

    source: str
    files: tuple[Path, ...]
    position: tuple[str, str] | None = None
    expected: int | None = None
    notes: tuple[str, ...] = ()


def file_of(source: str) -> Path:
    """Return the file that ``stars.fits`` or ``stars.fits[2]`` means."""
    return split_source(source)[0]


def looks_like_a_file(source: str) -> bool:
    """Return whether a side is called as files are."""
    is_path = "/" in source or "\\" in source
    return is_path or file_of(source).suffix.lower() in _FILE_ENDINGS


def is_pattern(source: str) -> bool:
    """Return whether a side is a pattern of files, such as ``gaia/*.parquet``."""
    return (
        glob.has_magic(source)
        and not Path(source).exists()
        and not file_of(source).is_file()
    )


def are_there(source: str) -> bool:
    """Return whether a side names a file, a folder, or a pattern that files match."""
    path = Path(source)
    if path.is_dir() or file_of(source).is_file():
        return True
    if not is_pattern(source):
        return False
    return next(glob.iglob(source, recursive=True), None) is not None  # noqa: PTH207


def is_named_parquet(path: Path) -> bool:
    """Return whether a file is called as Parquet files are."""
    return path.name.lower().endswith(_PARQUET)


def no_files(source: str) -> InputFileError:
    """Return what to say of a side that looks like files, where there are none."""
    # Brackets at the end may be a pattern or a table of a file; neither is there.
    if glob.has_magic(str(file_of(source))):
        return InputFileError(f"There are no files that match {source}.")
    return InputFileError(f"There is no file {source}.")


def find_files(source: str) -> FileSet | None:
    """Return the files of a folder or of a pattern; None for anything else.

    Parameters
    ----------
    source : str
        A folder of Parquet files, a HATS catalogue or collection, or a pattern
        (``*``, ``?``, ``[…]``, ``**`` for any folders).

    Raises
    ------
    InputFileError
        If there are none, or HATS folders are not what they should be.
    """
    path = Path(source)
    if path.is_dir():
        catalogue = hats_in(path)
        if catalogue is not None:
            return _of_hats(source, catalogue)
        return _of_one_catalogue(source, _parquet_files(path), f"the folder {source}")
    if not is_pattern(source):
        return None
    found: list[Path] = []
    for name in sorted(glob.glob(source, recursive=True)):  # noqa: PTH207 - as typed
        match = Path(name)
        if not match.is_dir():
            found.append(match)
        # '**' finds the folders and what is in them; another pattern the folders alone.
        elif "**" not in source:
            found += _parquet_files(match)
    return _of_one_catalogue(source, found, f"files that match {source}")


def _of_hats(source: str, catalogue: HatsCatalogue) -> FileSet:
    files = tuple(cell_files(catalogue))
    return FileSet(source, files, catalogue.position, catalogue.rows)


def _parquet_files(folder: Path) -> list[Path]:
    found = [
        Path(parent, name)
        for parent, folders, names in os.walk(folder)
        for name in names
        if is_named_parquet(Path(name))
        and not name.startswith((".", "_"))
        and not folders.sort()
    ]
    return sorted(found)


def _of_one_catalogue(source: str, found: Iterable[Path], what: str) -> FileSet:
    """Leave out files whose rows others have: those of margins, indices, thumbnails."""
    files: list[Path] = []
    left_out: dict[Path, str] = {}
    positions = []
    known: dict[Path, HatsCatalogue | None] = {}
    for path in found:
        if path.parent not in known:
            known[path.parent] = hats_above(path)
        catalogue = known[path.parent]
        if catalogue is not None and not catalogue.holds_rows:
            left_out[catalogue.folder] = catalogue.kind
            continue
        if catalogue is not None and not is_cell(path):
            continue
        files.append(path)
        positions.append(catalogue.position if catalogue is not None else None)
    if not files:
        raise InputFileError(
            f"There is no Parquet file in {what}."
            if Path(source).is_dir()
            else f"There are no {what}."
        )
    notes = tuple(
        f"{folder} is left out: it is the {kind} of a HATS catalogue."
        for folder, kind in left_out.items()
    )
    one = positions[0] if len(set(positions)) == 1 else None
    return FileSet(source, tuple(files), one, notes=notes)
