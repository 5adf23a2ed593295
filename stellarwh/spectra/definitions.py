"""Definitions of indices: those of ``sql/index_definitions.csv``, and a user's own."""

import csv
import math
import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from stellarwh.content import content_dir
from stellarwh.errors import InputFileError
from stellarwh.spectra.bands import Band, Definitions, Index

__all__ = ["Band", "Definitions", "Index", "read_definitions"]

UNITS = ("A", "mag", "ratio")
MEDIA = ("air", "vacuum")
SHAPES = ("box", "triangle")

# As tables of indices spell them.
_UNIT_NAMES = {"Å": "A", "angstrom": "A", "a": "A"}
_MEDIUM_NAMES = {"vac": "vacuum"}

_REQUIRED = ("name", "unit", "band_lo", "band_hi", "medium")
_SIDES = ("blue_lo", "blue_hi", "red_lo", "red_hi")
# What tells where an index is from changes no value.
_TOLD = ("source", "origin", "checked_in", "status", "description")
_COLUMNS = (*_REQUIRED, *_SIDES, "more_bands", "continuum", "shape", *_TOLD)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.+-]*")
_BAND = re.compile(
    r"(?:(?P<weight>[+-]?[0-9.]+)\*)?(?P<lo>[0-9]+(?:\.[0-9]*)?)"
    r"-(?P<hi>[0-9]+(?:\.[0-9]*)?)"
)


def read_definitions(path: Path | None = None) -> Definitions:
    """Return the indices of the project, and after them those of a user's file.

    A name of the project's means the project's index: a file may repeat a definition,
    but not give another one the same name, since values of both would be mistaken for
    each other.

    Parameters
    ----------
    path : Path, optional
        A CSV of the same columns as ``sql/index_definitions.csv``. Needed are
        ``name``, ``unit``, ``band_lo``, ``band_hi``, ``medium``, and for each index a
        continuum: ``blue_lo``, ``blue_hi``, ``red_lo``, ``red_hi``, or ``continuum``.

    Raises
    ------
    InputFileError
        If the file cannot be read, or a definition makes no sense.
    """
    ours = _project_indices()
    if path is None:
        return Definitions(ours)
    by_column = {index.column: index for index in ours}
    added = []
    for index in _read_file(path):
        known = by_column.get(index.column)
        if known is None:
            added.append(index)
        elif known.name.lower() != index.name.lower():
            raise InputFileError(
                f"{path} defines {index.name}, which could be taken for {known.name} "
                "of stellarwh; give it a name of its own."
            )
        elif known.measures != index.measures:
            raise InputFileError(
                f"{path} defines {index.name}, which is an index of stellarwh with "
                "other bands; give it a name of its own."
            )
    return Definitions((*ours, *added))


@lru_cache(maxsize=1)
def _project_indices() -> tuple[Index, ...]:
    return _read_file(content_dir("sql") / "index_definitions.csv")


def _read_file(path: Path) -> tuple[Index, ...]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            header = [column.strip() for column in reader.fieldnames or ()]
            _check_header(path, header)
            reader.fieldnames = header
            lines = [(reader.line_num, row) for row in reader]
    except FileNotFoundError:
        raise InputFileError(f"There is no file {path}.") from None
    except OSError as error:
        raise InputFileError(f"{path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error):
        raise InputFileError(
            f"{path} is not a CSV of UTF-8 text; expected definitions of indices."
        ) from None
    if not lines:
        raise InputFileError(f"{path} defines no index: it has no rows.")
    found: dict[str, Index] = {}
    for line, row in lines:
        where = f"{path}, line {line}"
        if None in row or None in row.values():
            raise InputFileError(
                f"{where} has {'more' if None in row else 'fewer'} cells than the "
                f"header has columns ({len(header)})."
            )
        index = _Reader(where, {k: v.strip() for k, v in row.items()}).index()
        other = found.setdefault(index.column, index)
        if other is not index:
            alike = "" if other.name == index.name else f", after {other.name}"
            raise InputFileError(f"{where} defines {index.name} a second time{alike}.")
    return tuple(found.values())


def _check_header(path: Path, header: list[str]) -> None:
    missing = [column for column in _REQUIRED if column not in header]
    if missing:
        raise InputFileError(
            f"{path} has no column {', '.join(missing)}; definitions of indices need "
            f"{', '.join(_REQUIRED)} and bands of the continuum."
        )
    doubled = sorted({column for column in header if header.count(column) > 1})
    if doubled:
        raise InputFileError(f"{path} has column {', '.join(doubled)} twice.")
    for column in set(header) - set(_COLUMNS):
        # Notes of one's own do no harm; a slip of the pen would be overlooked.
        near = get_close_matches(column.lower(), set(_COLUMNS) - set(header), 1, 0.8)
        if near:
            raise InputFileError(
                f"{path} has a column {column}; did you mean {near[0]}? Rename it: "
                "columns of other names are not read."
            )


class _Reader:
    """Make an index of the cells of a row."""

    def __init__(self, where: str, cells: Mapping[str, str]) -> None:
        self._cells = cells
        self._name = cells["name"]
        self._where = f"{where}: {self._name or 'an index without a name'}"

    def index(self) -> Index:
        """Return the index, if the row makes sense."""
        if not _NAME.fullmatch(self._name):
            raise InputFileError(
                f"{self._where} is no name for an index; use letters, digits, '.', "
                "'_', '+' and '-', a letter first."
            )
        unit = self._choice("unit", UNITS, _UNIT_NAMES)
        medium = self._choice("medium", MEDIA, _MEDIUM_NAMES)
        shape = self._choice("shape", SHAPES, {"": "box"}, needed=False)
        first = self._band("band_lo", "band_hi")
        if first is None:
            raise self._error("has no band_lo and band_hi")
        bands = (first, *self._bands("more_bands"))
        continuum, is_fitted = self._continuum(unit)
        if unit != "A" and any(band.weight != 1 for band in bands):
            raise self._error("gives bands a weight, which only unit A can have")
        if unit == "mag" and len(bands) > 1:
            raise self._error("has more_bands, which unit mag cannot have")
        if unit != "ratio" and shape != "box":
            raise self._error(f"has shape {shape}, which only unit ratio can have")
        return Index(
            self._name,
            unit,
            bands,
            continuum,
            is_fitted,
            shape,
            medium,
            self._cells.get("source") or self._cells.get("origin", ""),
        )

    def _continuum(self, unit: str) -> tuple[tuple[Band, ...], bool]:
        sides = (self._band("blue_lo", "blue_hi"), self._band("red_lo", "red_hi"))
        given = tuple(side for side in sides if side is not None)
        bands = self._bands("continuum")
        if given and bands:
            raise self._error("has side bands and a continuum; give one of them")
        if any(band.weight != 1 for band in bands):
            raise self._error("gives bands of the continuum a weight")
        if unit == "ratio":
            if not given and not bands:
                raise self._error("has no side band to compare with")
            return given or bands, False
        if bands:
            if len(bands) < 2:
                raise self._error("has a continuum of one band; a line needs two")
            return bands, True
        blue, red = sides
        if blue is None or red is None:
            lacking = "blue" if blue is None else "red"
            raise self._error(f"has no {lacking}_lo and {lacking}_hi")
        if _middle(blue) >= _middle(red):
            raise self._error("has its blue side band at or beyond the red one")
        return (blue, red), False

    def _choice(
        self,
        column: str,
        known: tuple[str, ...],
        names: Mapping[str, str],
        *,
        needed: bool = True,
    ) -> str:
        text = self._cells.get(column, "")
        value = names.get(text.lower(), names.get(text, text))
        for name in known:
            if value.lower() == name.lower():
                return name
        found = f"{column} '{text}'" if text or not needed else f"no {column}"
        raise self._error(f"has {found}; expected {' or '.join(known)}")

    def _band(self, lo_column: str, hi_column: str) -> Band | None:
        texts = (self._cells.get(lo_column, ""), self._cells.get(hi_column, ""))
        if texts == ("", ""):
            return None
        ends = []
        for column, text in zip((lo_column, hi_column), texts, strict=True):
            try:
                value = float(text)
            except ValueError:
                value = math.nan
            if not math.isfinite(value) or value <= 0:
                raise self._error(
                    f"has {column} '{text}'; expected a wavelength in Å"
                    if text
                    else f"has no {column}"
                )
            ends.append(value)
        return self._ordered(Band(*ends), f"{lo_column} to {hi_column}")

    def _bands(self, column: str) -> tuple[Band, ...]:
        found = []
        for text in self._cells.get(column, "").split():
            parts = _BAND.fullmatch(text)
            try:
                weight = float(parts["weight"] or 1) if parts else 0.0
            except ValueError:
                weight = 0.0
            if parts is None or weight == 0:
                raise self._error(
                    f"has {column} '{text}'; expected bands such as '8522-8562', "
                    "with a space between two"
                )
            band = Band(float(parts["lo"]), float(parts["hi"]), weight)
            found.append(self._ordered(band, column))
        return tuple(found)

    def _ordered(self, band: Band, what: str) -> Band:
        if band.lo >= band.hi:
            raise self._error(
                f"has {what} of {band.lo:g} to {band.hi:g} Å; the first must be smaller"
            )
        return band

    def _error(self, found: str) -> InputFileError:
        return InputFileError(f"{self._where} {found}.")


def _middle(band: Band) -> float:
    return (band.lo + band.hi) / 2
