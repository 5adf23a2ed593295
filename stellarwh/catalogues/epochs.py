"""Epochs of positions: Julian years, and what is taken for one by mistake."""

import math

FIRST_YEAR, LAST_YEAR = 1800, 2200
_J2000, _DAYS = 2000.0, 365.25


def is_year(epoch: float) -> bool:
    """Say whether an epoch is a year in which positions were measured."""
    return math.isfinite(epoch) and FIRST_YEAR <= epoch <= LAST_YEAR


def no_year(epoch: float) -> str:
    """Return the sentence that an epoch is no year, and which year it would be.

    Examples
    --------
    >>> no_year(51544.5)[-50:]
    'as a modified Julian date it is 2000.0: give that.'
    """
    said = "give a year, such as 2016.0"
    for name, first, last, origin in (
        ("modified Julian date", 15_000, 89_000, 51_544.5),
        ("Julian date", 2_415_000, 2_490_000, 2_451_545.0),
    ):
        if first <= epoch <= last:
            year = round(_J2000 + (epoch - origin) / _DAYS, 3)
            said = f"as a {name} it is {year}: give that"
    return f"The epoch {epoch} is no year of {FIRST_YEAR} to {LAST_YEAR}; {said}."
