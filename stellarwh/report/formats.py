"""How numbers, sizes and dates are written on a page."""

import math
from datetime import datetime

_MINUS = "\N{MINUS SIGN}"
_THIN = "\N{NARROW NO-BREAK SPACE}"
MISSING = "\N{EN DASH}"
# What is said of a file by whether it is simulated.
DATA_KINDS = {True: "simulated", False: "real", None: "not known"}


def number(value: float | None, digits: int = 2) -> str:
    """Write a number with thousands separators and a true minus sign."""
    if value is None or not math.isfinite(value):
        return MISSING
    rounded = round(value, digits) + 0.0  # + 0.0 turns -0.0 into 0.0
    return f"{rounded:,.{digits}f}".replace("-", _MINUS)


def signed(value: float | None, digits: int = 2) -> str:
    """Write a number with its sign; zero after rounding has none."""
    text = number(value, digits)
    if value is None or text == MISSING or float(round(value, digits)) <= 0:
        return text
    return f"+{text}"


def count(value: float | None) -> str:
    """Write a count: 12,345."""
    return MISSING if value is None else number(float(value), 0)


def percent(part: float | None, whole: float | None = 1.0) -> str:
    """Write a fraction as a percentage with three significant digits at most."""
    if part is None or not whole or not math.isfinite(part):
        return MISSING
    share = 100.0 * part / whole
    if 0 < share < 0.1:
        return f"<{_THIN}0.1{_THIN}%"
    return f"{share:.1f}{_THIN}%"


def size(n_bytes: float | None) -> str:
    """Write a file size in decimal units."""
    if n_bytes is None:
        return MISSING
    value = float(n_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.2f} TB"


def significant(value: float | None, figures: int = 3) -> str:
    """Write a number with so many significant figures, never in E notation."""
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    digits = max(0, figures - 1 - math.floor(math.log10(abs(value))))
    return number(value, min(digits, 8))


def moment(value: datetime | None) -> str:
    """Write a time to the minute."""
    return MISSING if value is None else f"{value:%Y-%m-%d %H:%M}"


def year(value: float | None) -> str:
    """Write an epoch as it was given: 2000, 1991.25."""
    return MISSING if value is None else f"{value:.8g}"


def plural(amount: int, noun: str, nouns: str = "") -> str:
    """Write an amount with its noun: 1 star, 12,345 stars, 2 queries."""
    return f"{count(amount)} {noun if amount == 1 else nouns or noun + 's'}"


FILTERS = {
    "number": number,
    "signed": signed,
    "count": count,
    "percent": percent,
    "size": size,
    "significant": significant,
    "moment": moment,
    "plural": plural,
    "year": year,
}
