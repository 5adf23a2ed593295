"""What every layout of a spectrum file says of itself."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stellarwh.catalogues.fits.cards import Header
from stellarwh.spectra.parts import Part
from stellarwh.spectra.spectrum import Spectrum

Parts = Sequence[Part]


@dataclass(frozen=True)
class Layout:
    """A layout of spectrum files.

    Parameters
    ----------
    name : str
        Such as ``lamost-lrs-image``.
    survey : str
        Whose files have it.
    words : str
        How its files are made, for a message.
    fits : callable
        Whether the parts of a file have it: seen from headers and columns, never from
        the name of the file.
    read : callable
        Gives the spectra of a file that has it.
    """

    name: str
    survey: str
    words: str
    fits: Callable[[Parts], bool]
    read: Callable[[Path, Parts], list[Spectrum]]


def number_of(header: Header, *keys: str) -> float | None:
    """Return the first of some keywords that is a number, and not one that is missing.

    -9999 and -999 stand for a missing value in LAMOST's and APOGEE's headers.

    Examples
    --------
    >>> number_of({"SNRG": -9999.0, "SNRR": 20}, "SNRG", "SNRR")
    20.0
    """
    for key in keys:
        value = header.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if math.isfinite(value) and value not in (-9999, -999):
            return float(value)
    return None


def text_of(header: Header, *keys: str) -> str | None:
    """Return the first of some keywords that has a text or a whole number, as text."""
    for key in keys:
        value = header.get(key)
        if isinstance(value, bool) or not isinstance(value, int | str):
            continue
        text = str(value).strip()
        if text and text.lower() != "none":
            return text
    return None


def position_of(
    header: Header, ra: str = "RA", dec: str = "DEC"
) -> tuple[float, float]:
    """Return right ascension and declination in degrees; NaN where there is none."""
    found = number_of(header, ra), number_of(header, dec)
    if found[0] is None or found[1] is None or not (
        0 <= found[0] <= 360 and -90 <= found[1] <= 90
    ):  # fmt: skip
        return math.nan, math.nan
    return found[0], found[1]


def stem_of(path: Path) -> str:
    """Return the name of a file without its endings.

    Examples
    --------
    >>> stem_of(Path("spectra/2101150001010011.fits.gz"))
    '2101150001010011'
    """
    name = path.name
    for ending in (".gz", ".fits", ".fit"):
        name = name.removesuffix(ending)
    return name or path.name
