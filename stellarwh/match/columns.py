"""Which columns of a table or file a match uses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stellarwh.catalogues.epochs import is_year, no_year
from stellarwh.catalogues.usual_names import column_named, usual_position
from stellarwh.errors import SurveyError, UsageError, did_you_mean

# What id columns are called, best first; case does not matter.
# star_id is last: it is a physical star of main.stars, but a 2MASS name in raw.galah.
_IDS = ("source_id", "id", "apogee_id", "sobject_id", "obsid", "star_id")
_EPOCHS = ("epoch", "ref_epoch")
_MOTIONS = (
    ("pmra", "pmdec"),
    ("pmra", "pmde"),
    ("pm_ra", "pm_dec"),
    ("pm_ra", "pm_de"),
    ("pm_ra_cosdec", "pm_dec"),
)


@dataclass(frozen=True)
class Side:
    """A table or file to match, and its columns where they are not the usual ones.

    Parameters
    ----------
    source : str
        A table or view, as ``raw.apogee`` or ``apogee``, or a catalogue file. Its
        positions are in degrees, in columns named ``ra`` and ``dec`` (or another
        usual way), or in those that its ingest was told.
    id : str, optional
        The column that names the rows. By default the one that was declared to be
        ``source_id``, else ``source_id`` or ``id`` or the survey's own id, else the row
        number, from 1: of a table in its stored order, which is not that of the file
        it came from.
    epoch : float or str, optional
        Epoch of the positions: a Julian year, or the column that holds it. By default
        what the ingest recorded, else a column ``epoch`` or ``ref_epoch``.
    pmra, pmdec : str, optional
        Proper motions (mas/yr, or in the unit that the file states; pmra times cos
        dec); by default those of the survey, else columns of usual names.
    error : str, optional
        Error of the position (arcsec, or in the unit that the file states), for a
        radius of each pair's own.
    magnitude : str, optional
        A magnitude to compare with the other side's.

    Examples
    --------
    >>> import stellarwh
    >>> right = stellarwh.Side("raw.galah", id="sobject_id")
    >>> with stellarwh.open(warehouse) as wh:
    ...     wh.match("raw.apogee", right).columns[:3]
    ['left_id', 'right_id', 'separation']
    """

    source: str
    id: str | None = None
    epoch: float | str | None = None
    pmra: str | None = None
    pmdec: str | None = None
    error: str | None = None
    magnitude: str | None = None


def use_columns(
    side: Side, names: Sequence[str], where: str, told: Mapping[str, str | float]
) -> dict[str, str | float | None]:
    """Return what of a side is its id and its optional columns; a number is itself."""
    epoch = side.epoch if side.epoch is not None else told.get("epoch")
    if epoch is None:
        epoch = next((n for n in (column_named(names, e) for e in _EPOCHS) if n), None)
    elif isinstance(epoch, str):
        year = _number(epoch)
        epoch = _wanted(names, epoch, where) if year is None else year
    if isinstance(epoch, float | int) and not is_year(epoch):
        raise UsageError(f"{where}: {no_year(epoch)}")
    used: dict[str, str | float | None] = {
        "id": _wanted(names, side.id, where)
        or told.get("id")
        or next((n for n in (column_named(names, i) for i in _IDS) if n), None),
        "epoch": epoch,
        "position_error": _wanted(names, side.error, where),
        "magnitude": _wanted(names, side.magnitude, where),
    }
    usual = next(
        (pair for pair in _MOTIONS if all(column_named(names, name) for name in pair)),
        (None, None),
    )
    for column, given, name in zip(
        ("pmra", "pmdec"), (side.pmra, side.pmdec), usual, strict=True
    ):
        used[column] = (
            _wanted(names, given, where)
            or told.get(column)
            or (column_named(names, name) if name else None)
        )
    return used


def _number(text: str) -> float | None:
    """Return the number that a text is, None if it is none."""
    try:
        return float(text)
    except ValueError:
        return None


def _wanted(names: Sequence[str], wanted: str | None, where: str) -> str | None:
    """Return the column that the user named, whatever its case; None for None."""
    if wanted is None:
        return None
    found = column_named(names, wanted)
    if found is None:
        raise SurveyError(
            f"{where} has no column '{wanted}'. {did_you_mean(wanted, names)}"
        )
    return found


def position(names: Sequence[str], where: str) -> tuple[str, str]:
    """Return the names of the two position columns."""
    found = usual_position(names)
    if found is not None:
        return found
    raise SurveyError(
        f"{where} has no position columns named ra and dec (or a usual variant); "
        "ingest it with --ra COLUMN --dec COLUMN, then match the table."
    )
