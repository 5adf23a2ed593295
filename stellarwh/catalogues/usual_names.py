"""What columns are usually called in published catalogues."""

from collections.abc import Iterable, Sequence

# Best first; case does not matter.
_POSITIONS = (
    ("ra", "dec"),
    ("ra_dr2", "dec_dr2"),
    ("raj2000", "dej2000"),
    ("_raj2000", "_dej2000"),
    ("ra_icrs", "de_icrs"),
    ("radeg", "dedeg"),
    ("ra_deg", "dec_deg"),
)


def column_named(names: Iterable[str], wanted: str) -> str | None:
    """Return the column of that name: exactly, or else whatever its case."""
    known = list(names)
    if wanted in known:
        return wanted
    return next((name for name in known if name.lower() == wanted.lower()), None)


def usual_position(names: Sequence[str]) -> tuple[str, str] | None:
    """Return the two columns that have a usual name of positions, if any."""
    for ra, dec in _POSITIONS:
        pair = column_named(names, ra), column_named(names, dec)
        if pair[0] is not None and pair[1] is not None:
            return pair[0], pair[1]
    return None
