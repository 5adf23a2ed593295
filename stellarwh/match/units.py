"""Units of the columns of a match: what a value is times to be what the match takes."""

from functools import lru_cache

from stellarwh.errors import SurveyError

# What the match takes: positions in degrees, motions in mas/yr, errors in arcsec.
_TARGETS = {
    "ra": "deg",
    "dec": "deg",
    "pmra": "mas/yr",
    "pmdec": "mas/yr",
    "position_error": "arcsec",
}
_PLAIN = {
    "deg": {"", "deg", "degree", "degrees"},
    "mas/yr": {"", "mas/yr", "mas.yr**-1"},
}
_PLAIN["arcsec"] = {"", "arcsec"}


@lru_cache(maxsize=256)
def factor_of(role: str, unit: str, column: str, where: str) -> float:
    """Return what to multiply a column by.

    Parameters
    ----------
    role : str
        What the match takes the column for: ``ra``, ``dec``, ``pmra``, ``pmdec`` or
        ``position_error``; anything else is taken as it is.
    unit : str
        The unit that the file states; none is that of the match.
    column, where : str
        The column and its file, for the message.

    Raises
    ------
    SurveyError
        If the unit is not known, or none of that quantity.
    """
    target = _TARGETS.get(role)
    if target is None or unit.strip().lower() in _PLAIN[target]:
        return 1.0
    from astropy import units as u  # noqa: PLC0415 - takes a quarter of a second

    try:
        found = u.Unit(unit.strip())
        # A right ascension in hours is an angle, whatever standards call it.
        if role == "ra" and found == u.hour:
            found = u.hourangle
        return float(found.to(u.Unit(target)))
    except (ValueError, TypeError, u.UnitConversionError):
        raise SurveyError(
            f"The column {column} of {where} is in '{unit}', which is no unit of "
            f"{target}; give it in {target}."
        ) from None
