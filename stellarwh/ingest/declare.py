"""What a user declares the columns of an own catalogue to be, and their units."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from stellarwh.catalogues.table import FileColumn
from stellarwh.errors import FILE, SurveyError, UsageError, nearest_name
from stellarwh.glossary import glossary_unit
from stellarwh.ingest.find import find_column
from stellarwh.ingest.resolve import PlannedColumn
from stellarwh.units import conversion
from stellarwh.warehouse.declared import Declared, declarable

_OPTION = "--declare"
_POSITION = {"ra": "--ra", "dec": "--dec", "epoch": "--epoch"}
# Spellings that a hint takes for the parameters of a star.
_USUAL = {
    "teff": ("teff", "t_eff", "teff_k"),
    "teff_err": ("teff_err", "e_teff", "teff_error"),
    "logg": ("logg", "log_g"),
    "logg_err": ("logg_err", "e_logg", "logg_error"),
    "fe_h": ("fe_h", "feh", "[fe/h]", "m_h"),
    "fe_h_err": ("fe_h_err", "feh_err", "e_fe_h", "e_feh", "fe_h_error", "feh_error"),
}
# What is declared with errors, but is no value that surveys are averaged in.
_NOT_AVERAGED = ("pmra", "pmdec", "parallax", "j_mag", "h_mag", "ks_mag")
_ASKED_FOR = ("teff", "logg", "fe_h")


def parse_declared(texts: Sequence[str]) -> dict[str, str]:
    """Return the pairs of ``teff=TEFF_FIT,logg=LOGG_FIT``, of one text or several.

    A comma that no ``NAME=`` follows belongs to the column's name.

    Raises
    ------
    UsageError
        If a text has no ``=`` where one must be, or names something twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        pairs: list[str] = []
        for part in text.split(","):
            if pairs and "=" not in part:
                pairs[-1] += f",{part}"
            else:
                pairs.append(part)
        for pair in pairs:
            name, is_pair, column = pair.partition("=")
            name, column = name.strip().lower(), column.strip().rstrip(",")
            if not (is_pair and name and column):
                raise UsageError(
                    f"{_OPTION} '{text}' is not like 'teff=TEFF_FIT,logg=LOGG_FIT': "
                    "what it is, '=', and the column of your file."
                )
            if name in found and found[name] != column:
                raise UsageError(
                    f"{_OPTION} takes one column for {name}, not both {found[name]} "
                    f"and {column}."
                )
            found[name] = column
    return found


def check_declared(declared: Mapping[str, str]) -> None:
    """Refuse names that no column can be declared to be.

    Raises
    ------
    UsageError
        With the nearest name; or if an error is declared without its value.
    """
    for name in declared:
        if name in _POSITION:
            raise UsageError(f"{_OPTION} {name}: give it as {_POSITION[name]}.")
        if name not in declarable():
            nearest = nearest_name(name, declarable())
            hint = (
                f"Did you mean '{nearest}'?"
                if nearest
                else "Names are such as teff, logg, fe_h, mg_fe, radial_velocity, snr, "
                "j_mag, gaia_dr3_source_id, source_id, and teff_err of errors."
            )
            raise UsageError(
                f"{_OPTION}: '{name}' is nothing that a column of your own can be in "
                f"main.measurements. {hint}"
            )
        value = name.removesuffix("_err")
        if value != name and value not in declared:
            raise UsageError(
                f"{_OPTION}: {name} is the error of {value}, which is not declared."
            )


def find_declared_columns(
    declared: Mapping[str, str], columns: Sequence[FileColumn], *, is_inherited: bool
) -> dict[str, FileColumn]:
    """Return the columns of a file that were declared, by what they are.

    Where the catalogue's other files were told it, this one may lack some of them.

    Raises
    ------
    SurveyError
        If one is not in the file, or cannot be read.
    """
    found = {}
    names = {column.name.lower() for column in columns}
    for name, column in declared.items():
        if is_inherited and column.lower() not in names:
            continue
        source = find_column(column, columns, _OPTION)
        if source.unreadable:
            raise SurveyError(
                f"{FILE}: the column {source.name}, declared as {name}, cannot be "
                f"read: {source.unreadable}."
            )
        found[name] = source
    return found


def settle_declared(
    sources: Mapping[str, FileColumn], planned: Sequence[PlannedColumn]
) -> tuple[tuple[Declared, ...], tuple[str, ...]]:
    """Return what is known of declared columns, and what the user should know.

    Raises
    ------
    SurveyError
        If one has no numbers, or a unit that is none of what it is declared to be.
    """
    if not sources:
        return (), ()
    if any(column.name.lower() == "rowid" for column in planned):
        raise SurveyError(
            f"{FILE} has a column rowid, which {_OPTION} cannot go with; leave it out: "
            "--columns '-rowid'."
        )
    by_index = {c.source.index: c for c in planned if c.source is not None}
    found, told = [], []
    for name, source in sources.items():
        column = by_index[source.index]
        _check_type(name, column)
        target = glossary_unit(name)
        factor, is_certain = 1.0, True
        if declarable()[name] == "double":
            about = f"{name} {column.ucd} {column.description}"
            factor_or_none, is_certain = conversion(column.unit, target, about)
            if factor_or_none is None:
                raise SurveyError(
                    f"{FILE}: {source.name} is declared as {name}, which is in "
                    f"{target or 'no unit'}, but the file has it in '{column.unit}'; "
                    "convert it or correct the file's unit."
                )
            factor = factor_or_none
        if not is_certain:
            told.append(
                f"The unit '{column.unit}' of {source.name} is not known; its values "
                f"are taken for {name} in {target or 'no unit'}."
            )
        found.append(Declared(name, column.name, column.unit, factor))
    return tuple(found), tuple(told)


def _check_type(name: str, column: PlannedColumn) -> None:
    kind = column.type
    is_whole = pa.types.is_integer(kind)
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    said = "text" if is_text else "an array" if pa.types.is_nested(kind) else str(kind)
    if declarable()[name] == "double":
        is_number = is_whole or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
        if not is_number:
            raise SurveyError(
                f"{FILE}: {column.name} is {said}, not numbers; it cannot be {name}."
            )
    elif not (is_whole or is_text):
        raise SurveyError(
            f"{FILE}: {column.name} is {said}; an id such as {name} is text or a whole "
            "number (long ids lose their last digits otherwise)."
        )


def hint_of(name: str, planned: Sequence[PlannedColumn]) -> tuple[str, ...]:
    """Return a sentence where columns are called like parameters of stars.

    They are not taken for what their names say: nobody said that they are it.
    """
    by_name = {c.name.lower(): c.name for c in planned if not _is_text(c)}
    pairs = {
        what: by_name[usual[0]]
        for what, spellings in _USUAL.items()
        for usual in [[s for s in spellings if s in by_name]]
        if usual
    }
    if not any(what in pairs for what in _ASKED_FOR):
        return ()
    pairs = {
        what: column
        for what, column in pairs.items()
        if what.removesuffix("_err") in pairs
    }
    listed = ",".join(f"{what}={column}" for what, column in pairs.items())
    return (
        f"raw.{name} is a table of its own. To have its stars in main.measurements, "
        f"read it with {_OPTION} '{listed}'.",
    )


def hints_of_declared(
    declared: Sequence[Declared], epoch: float | None
) -> tuple[str, ...]:
    """Return what follows from an epoch or errors that were not given."""
    if not declared:
        return ()
    names = {of.name for of in declared}
    hints = []
    if epoch is None:
        hints.append(
            "Of when its positions are is not known, so that stars which move may not "
            "be found again: add --epoch YEAR, such as --epoch 2016 for Gaia DR3."
        )
    bare = [
        name
        for name in declarable()
        if name in names
        and f"{name}_err" in declarable()
        and f"{name}_err" not in names
        and name not in _NOT_AVERAGED
    ]
    if bare:
        listed, first = ", ".join(bare), bare[0]
        hints.append(
            f"No errors are declared of {listed}: such a value has one only where "
            "'stellarwh calibrate' can tell its scatter about other surveys. If the "
            f"file has them, add {_OPTION} '{first}_err=COLUMN'."
        )
    return tuple(hints)


def _is_text(column: PlannedColumn) -> bool:
    return not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type))


def unlike(mine: Sequence[Declared], there: Mapping[str, Declared]) -> str:
    """Return in words what is declared otherwise for a catalogue's other files."""
    for of in mine:
        other = there.get(of.name)
        if other is None:
            continue
        if of.column.lower() != other.column.lower():
            return f"{of.name} is {of.column} in it, and {other.column} there"
        if of.unit and of.factor != other.factor:
            return (
                f"{of.column} is in '{of.unit}' in it, and in "
                f"'{other.unit or 'no unit'}' there"
            )
    return ""
