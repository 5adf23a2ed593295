"""Units of what is computed, and IN_UNIT.

astropy is asked, and only where a unit is known: it takes a while to import.
"""

import math
import warnings
from typing import TYPE_CHECKING

from stellarwh.errors import AdqlError

if TYPE_CHECKING:
    from stellarwh.adql.writing.values import Value

__all__ = ["factor", "product", "quotient"]

# These follow no rules of products.
_LOGARITHMS = ("log(", "dex", "mag")


def product(left: "Value", right: "Value") -> str:
    """Return the unit of a product; empty where it cannot be told for certain."""
    return _combined(left, right, 1)


def quotient(left: "Value", right: "Value") -> str:
    """Return the unit of a quotient; empty where it cannot be told for certain."""
    return _combined(left, right, -1)


def _combined(left: "Value", right: "Value", power: int) -> str:
    if right.constant is not None:
        return left.unit
    if left.constant is not None and power == 1:
        return right.unit
    if left.unit == right.unit and power == -1:
        return ""
    if not (left.unit and right.unit) or _is_logarithm(left.unit, right.unit):
        return ""
    from astropy import units as u  # noqa: PLC0415 - slow to import

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            one = u.Unit(left.unit, format="vounit")
            other = u.Unit(right.unit, format="vounit")
            made = one * other if power == 1 else one / other
            return str(made.to_string("vounit"))
        except (ValueError, TypeError):
            return ""


def _is_logarithm(*units: str) -> bool:
    return any(unit.startswith(_LOGARITHMS) for unit in units)


def factor(value: "Value", wanted: str) -> float:
    """Return by what a value is multiplied to be in another unit.

    Parameters
    ----------
    value : Value
        Its unit must be known.
    wanted : str
        A VOUnit.

    Raises
    ------
    AdqlError
        If a unit is not known, or there is no way from one to the other.
    """
    name = value.column.name or "The value"
    if not value.unit:
        raise AdqlError(f"IN_UNIT: {name} has no unit that is known.")
    if value.unit == wanted:
        return 1.0
    from astropy import units as u  # noqa: PLC0415 - slow to import

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            target = u.Unit(wanted, format="vounit")
        except (ValueError, TypeError):
            raise AdqlError(f"IN_UNIT: {wanted!r} is no VOUnit, as 'km/s'.") from None
        try:
            by = u.Unit(value.unit, format="vounit").to(target)
        except (ValueError, TypeError, u.UnitConversionError):
            raise AdqlError(
                f"IN_UNIT: {name} is in {value.unit}, and there is no way from that to "
                f"{wanted}."
            ) from None
    # Without the noise of the last digits of a division.
    nearest = float(f"{by:.15g}")
    return nearest if math.isclose(by, nearest, rel_tol=1e-15) else float(by)
