"""What to say of a catalogue of the user's own whose position columns are not named."""

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import FileColumn, position_of
from stellarwh.catalogues.usual_names import usual_position
from stellarwh.errors import StellarwhError, SurveyError, did_you_mean
from stellarwh.ingest.options import Options
from stellarwh.ingest.releases import recognise_release
from stellarwh.surveys.known import read_survey, survey_names


def check_placed(
    name: str, options: Options, paths: Sequence[Path], *, is_known: bool
) -> None:
    """Refuse a catalogue of which nothing says where its positions are.

    Raises
    ------
    SurveyError
        With the command that would do, where the first file's columns tell it.
    """
    is_said = options.no_position or options.position_from
    if is_known or is_said or (options.ra and options.dec):
        return
    if options.ra or options.dec:
        given, lacks = ("--ra", "--dec") if options.ra else ("--dec", "--ra")
        raise SurveyError(
            f"{given} goes with {lacks} COLUMN: a position has both coordinates."
        )
    raise SurveyError(
        f"There is no survey '{name}'. {did_you_mean(name, survey_names())} "
        "A catalogue of your own needs its "
        "position columns: --ra COLUMN --dec COLUMN, --position-from COLUMN of "
        "2MASS-style names, or --no-position if it has none and joins by an id."
        f"{_what_the_file_tells(name, options, paths)}"
    )


def with_told_position(options: Options, paths: Sequence[Path]) -> Options:
    """Return options with the position columns that a HATS folder names itself."""
    if options.says_position or not paths or not paths[0].is_dir():
        return options
    found = position_of(open_table(paths[0]))
    return options if found is None else replace(options, ra=found[0], dec=found[1])


def usual_position_in(path: Path) -> tuple[str, str] | None:
    """Return the columns of a file that have a usual name of positions, if any."""
    try:
        columns = open_table(path).columns
    except StellarwhError:
        return None  # what is wrong with the file is said when it is to be read
    return usual_position([column.name for column in columns])


def _what_the_file_tells(name: str, options: Options, paths: Sequence[Path]) -> str:
    """Return the command that the columns of the first file suggest, if any."""
    if not paths:
        return ""
    try:
        columns = open_table(paths[0], options.hdu).columns
    except StellarwhError:
        return ""  # what is wrong with the file is said when it is to be read
    file = shlex.quote(str(paths[0]))
    known = recognised(columns)
    if known is not None:
        return (
            f" {paths[0].name} has the columns of {known}: stellarwh ingest {known} "
            f"{file}"
        )
    found = usual_position([column.name for column in columns])
    if found is None:
        return ""
    ra, dec = found
    return (
        f" {paths[0].name} has {ra} and {dec}; if these are degrees (ICRS): "
        f"stellarwh ingest {name} {file} --ra {shlex.quote(ra)} "
        f"--dec {shlex.quote(dec)}"
    )


def recognised(columns: Sequence[FileColumn]) -> str | None:
    """Return the first known survey that has a release with a file's columns."""
    for name in survey_names():
        if recognise_release(read_survey(name), columns):
            return name
    return None
