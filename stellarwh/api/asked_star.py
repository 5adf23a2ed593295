"""What a star may be called by, as text."""

from typing import Any

from stellarwh.api.arguments import check_number
from stellarwh.errors import UsageError
from stellarwh.runtime.plain_text import short


def asked_star(star: Any) -> str:
    """Return what somebody calls a star by: a text, a whole number or a position.

    Raises
    ------
    UsageError
        If it is none of these.

    Examples
    --------
    >>> asked_star(4711), asked_star((10.68, -41.27)), asked_star(" 2M0 ")
    ('4711', '10.68 -41.27', '2M0')
    """
    if isinstance(star, str):
        if star.strip():
            return star.strip()
    elif isinstance(star, tuple | list) and len(star) == 2:
        for value, name in zip(star, ("ra", "dec"), strict=True):
            check_number(value, name, "degrees")
        return f"{float(star[0])!r} {float(star[1])!r}"
    elif not isinstance(star, bool):
        try:
            return str(star.__index__())
        except (AttributeError, TypeError):
            pass
    raise UsageError(
        f"{short(star)} names no star; give its star_id, a Gaia id, a survey's name of "
        "it, or right ascension and declination in degrees."
    )
