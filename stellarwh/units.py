"""Units as catalogues write them, and the same units as the VO spells them.

VOUnits is the IVOA recommendation "Units in the VO", version 1.1.
"""

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

# The field's habits, spelled with powers so that each unit has one spelling. All that
# surveys and glossary declare is here: astropy is slow to import.
_KNOWN: Mapping[str, tuple[str, ...]] = {
    "1": ("1",),
    "%": ("%",),
    "K": ("K", "Kelvin", "kelvin"),
    "km.s**-1": ("km/s", "km s-1", "km.s-1", "km s**-1", "km s^-1", "km.s**-1"),
    "km.kpc.s**-1": (
        *("km.kpc/s", "kpc.km/s", "km kpc/s", "kpc km/s"),
        *("km.kpc.s**-1", "kpc km s-1", "kpc km s**-1"),
    ),
    "km**2.s**-2": ("km**2/s**2", "km2/s2", "km2 s-2", "km**2.s**-2"),
    "cm.s**-2": ("cm.s**-2", "cm/s**2", "cm/s2", "cm s-2", "cm.s-2"),
    "mas": ("mas", "milliarcsec"),
    "uarcsec": ("uas", "uarcsec", "microarcsec"),
    "mas.yr**-1": ("mas/yr", "mas yr-1", "mas.yr-1", "mas yr**-1", "mas.yr**-1"),
    "arcsec": ("arcsec", "arcsecond", "arcseconds"),
    "deg": ("deg", "degree", "degrees", "Degree", "Degrees"),
    "rad": ("rad", "radian", "radians"),
    "um**-1": ("um**-1", "1/um", "um-1", "um^-1"),
    "Angstrom": ("Angstrom", "Angstroms", "angstrom", "angstroms"),
    "mag": ("mag",),
    "pc": ("pc",),
    "kpc": ("kpc",),
    "s": ("s",),
    "d": ("d", "day", "days"),
    "yr": ("yr", "year", "years"),
    "Gyr": ("Gyr",),
    "Gyr**-1": ("Gyr**-1", "Gyr-1", "1/Gyr"),
    "solMass": ("solMass", "Msun", "M_sun"),
    "solRad": ("solRad", "Rsun", "R_sun"),
    "solLum": ("solLum", "Lsun", "L_sun"),
    "byte": ("byte", "bytes"),
}
_WITHOUT = ("", "-", "--", "---", "dex", "unknown")
_SPELLINGS: Mapping[str, str | None] = {
    **{text: unit for unit, texts in _KNOWN.items() for text in texts},
    **dict.fromkeys(_WITHOUT),
}
# "cgs" names no unit: catalogues write it so for surface gravities.
_LOG_CGS = re.compile(r"log(10)? ?(\(cgs\)|cgs|\[cgs\])")
_GRAVITY = re.compile(r"log[ _(]?g(?![a-z])|gravity", re.IGNORECASE)
_LOG = re.compile(r"log(?:10)? ?\((.+)\)")
_PARSERS = ("vounit", "fits", "cds", "ogip", "generic")
# Longer texts and numbers are no units, and astropy computes 10**999999999.
_LONGEST = 80
_LONG_NUMBER = re.compile(r"\d{5}")


def vounit(text: str, about: str = "") -> str | None:
    """Return a unit as VOUnits spells it, or None where that is not certain.

    Logarithms of a unit become ``log(...)``. There is no VOUnit for ``dex``, and none
    is given for brackets such as ``[K]``: some mean the logarithm, others do not.

    Parameters
    ----------
    text : str
        The unit as written.
    about : str
        Name, UCD and description of the column, where known. ``log (cgs)`` says which
        unit is meant only if they speak of a surface gravity.

    Returns
    -------
    str or None
        The VOUnit, such as ``km.s**-1``.
    """
    written = " ".join(text.split())
    if _LOG_CGS.fullmatch(written):
        is_gravity = not about or _GRAVITY.search(about)
        return "log(cm.s**-2)" if is_gravity else None
    if found := _LOG.fullmatch(written):
        inner = _plain(found[1].strip())
        # A VOUnit has no logarithm of a pure number.
        return f"log({inner})" if inner and inner not in ("1", "%") else None
    return _plain(written)


def vounits(columns: Iterable[Sequence[str | None]]) -> list[str | None]:
    """Return the VOUnits of columns: of (unit, name, UCD, description) each."""
    return [
        vounit(unit or "", " ".join(text or "" for text in about))
        for unit, *about in columns
    ]


# Ways to say that a number has no unit but is a logarithm, as abundances are.
_DEX = {"dex", "1", "[-]", "[sun]", "[1]", "sun", "dex(sun)", "[dex]", "log"}
# VizieR writes the logarithm of a unit in brackets.
_BRACKETED_GRAVITY = re.compile(r"\[(cm[/ .]?s\*{0,2}-?2|cm/s\*\*2)\]")


def conversion(text: str, target: str, about: str = "") -> tuple[float | None, bool]:
    """Return by what values of one unit are multiplied to be in another.

    Parameters
    ----------
    text : str
        The unit as a catalogue writes it; '' where it says none.
    target : str
        The unit as the glossary has it; '' or ``dex`` for pure numbers.
    about : str
        As in `vounit`.

    Returns
    -------
    factor : float or None
        1 where nothing is said; None where the units contradict each other.
    is_certain : bool
        False where the unit is not known, and the factor a guess of 1.
    """
    written = " ".join(text.split())
    if not written or (written in _WITHOUT and written != "dex"):
        return 1.0, True
    mine, wanted = vounit(written, about), vounit(target, about)
    low = written.lower()
    if wanted is None:
        if low in _DEX and (target == "dex" or low == "1"):
            return 1.0, True
        # S/N is told per pixel, or per Angstrom.
        if not target and ("pix" in low or "angstrom" in low):
            return 1.0, True
        return (1.0, False) if mine is None and low != "dex" else (None, True)
    if mine == wanted:
        return 1.0, True
    if wanted.startswith("log("):
        is_it = low in _DEX or _BRACKETED_GRAVITY.fullmatch(low)
        return (1.0, True) if is_it else (1.0, False) if mine is None else (None, True)
    if low in _DEX or "[" in low or "log" in low or (mine or "").startswith("log("):
        return None, True  # a logarithm of what is wanted as it is
    if mine is None:
        return 1.0, False
    from astropy import units  # noqa: PLC0415 - as below

    try:
        factor = units.Unit(mine, format="vounit").to(
            units.Unit(wanted, format="vounit")
        )
    except (ValueError, TypeError):
        return None, True
    return float(factor), True


@lru_cache(maxsize=1024)
def _plain(text: str) -> str | None:
    """Return the VOUnit of what is no logarithm."""
    if text in _SPELLINGS:
        return _SPELLINGS[text]
    if len(text) > _LONGEST or _LONG_NUMBER.search(text):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _ask_astropy(text)


def _ask_astropy(text: str) -> str | None:
    """Return what every syntax that knows the unit agrees on."""
    from astropy import units  # noqa: PLC0415 - takes a quarter of a second

    refusals = (ValueError, TypeError, ArithmeticError, LookupError)
    meanings = []
    for syntax in _PARSERS:
        try:
            found = units.Unit(text, format=syntax, parse_strict="raise")
        except refusals:
            continue
        # astropy has None for the VOUnit "unknown".
        meanings.append(found)
    if not meanings or any(m is None or m != meanings[0] for m in meanings):
        return None
    try:
        spelled = str(meanings[0].to_string("vounit"))
        is_same = units.Unit(spelled, format="vounit") == meanings[0]
    except refusals:
        return None
    # A number that was not written is a constant of nature, which "c" need not mean.
    is_constant = spelled[:1].isdigit() and not re.search(r"\d", text)
    return spelled if spelled and is_same and not is_constant else None
