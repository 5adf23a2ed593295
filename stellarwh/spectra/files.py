"""The files of spectra that a user names: files, folders and patterns."""

import fnmatch
import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stellarwh.errors import InputFileError, UsageError
from stellarwh.runtime.offline import check_local

ENDINGS = (".fits", ".fit", ".fits.gz", ".fit.gz")


@dataclass(frozen=True)
class NamedFiles:
    """Files in the order in which they were named, each once.

    Attributes
    ----------
    paths : tuple of str
        Absolute.
    n_others : int
        Files in the folders that are called like no spectrum, and are not read.
    """

    paths: tuple[str, ...]
    n_others: int


def find_spectra(names: Sequence[Path]) -> NamedFiles:
    """Return the files that were named, those of folders and patterns in their order.

    Folders are searched to the bottom, for files that end in `ENDINGS` in any case.

    Parameters
    ----------
    names : sequence of Path
        Files, folders, or patterns such as ``dr7/**/spec-*.fits.gz``.

    Raises
    ------
    UsageError
        If none is named.
    InputFileError
        If there is no such file, or none in a folder or of a pattern.
    """
    if not names:
        raise UsageError(
            "Name files of spectra, folders of them, or patterns such as "
            "'spectra/*.fits'."
        )
    found: dict[str, str] = {}  # by what they are, through all links
    others = 0
    for name in names:
        check_local(name)
        before = len(found)
        inner = 0
        for path, is_named in _paths_of(name):
            if is_named or path.lower().endswith(ENDINGS):
                found.setdefault(os.path.realpath(path), os.path.abspath(path))  # noqa: PTH100
                inner += 1
            else:
                others += 1
        if not inner and len(found) == before:
            raise InputFileError(
                f"{name} holds no file that ends in {', '.join(ENDINGS)}."
                if name.is_dir()
                else f"There are no files that match {name}."
            )
    return NamedFiles(tuple(found.values()), others)


def _paths_of(name: Path) -> Iterator[tuple[str, bool]]:
    """Yield files, and whether they were named as such."""
    if name.is_dir():
        for path in _within(str(name)):
            yield path, False
    elif name.exists() or name.is_symlink() or not glob.has_magic(str(name)):
        if not os.path.lexists(name):
            raise InputFileError(f"There is no file {name}.")
        yield str(name), True
    else:
        before, stars, behind = _split(name)
        for found in sorted(glob.iglob(before)):  # noqa: PTH207
            is_folder = Path(found).is_dir()
            if stars:
                if is_folder:
                    yield from _matching(found, behind)
            elif is_folder:
                for path in _within(found):
                    yield path, False
            else:
                yield found, True


def _split(pattern: Path) -> tuple[str, bool, tuple[str, ...]]:
    """Return what stands before ``**``, whether it does, and it with what is behind."""
    parts = pattern.parts
    if "**" not in parts:
        return str(pattern), False, ()
    place = parts.index("**")
    return str(Path(*parts[:place])), True, parts[place:]


def _matching(folder: str, pattern: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    """Yield the files below a folder that match a pattern, or lie in one that does.

    `glob` would follow links that lead back, up to 40 at a time, in all their orders.
    """
    for path in _within(folder):
        names = Path(path).relative_to(folder).parts
        if _match(pattern, names):
            yield path, pattern[-1] != "**"
        elif any(_match(pattern, names[:depth]) for depth in range(1, len(names))):
            yield path, False


def _match(pattern: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Return whether names of folders and a file match a pattern, part by part."""
    if not pattern:
        return not names
    first, *others = pattern
    rest = tuple(others)
    if first == "**":
        is_inner = bool(names) and not names[0].startswith(".")
        return _match(rest, names) or (is_inner and _match(pattern, names[1:]))
    if not names or (names[0].startswith(".") and not first.startswith(".")):
        return False
    return fnmatch.fnmatchcase(names[0], first) and _match(rest, names[1:])


def _within(folder: str) -> Iterator[str]:
    """Yield the files of a folder to its bottom, through links to folders, too.

    Each folder is looked into once, whatever links lead to it.
    """

    def refuse(error: OSError) -> None:
        raise InputFileError(f"{error.filename} cannot be read: {error.strerror}.")

    seen: set[str] = {os.path.realpath(folder)}
    for root, folders, names in os.walk(folder, onerror=refuse, followlinks=True):
        new = []
        for name in sorted(folders):
            real = os.path.realpath(os.path.join(root, name))  # noqa: PTH118
            if real not in seen:
                seen.add(real)
                new.append(name)
        folders[:] = new
        for name in sorted(names):
            yield os.path.join(root, name)  # noqa: PTH118 - there may be millions
