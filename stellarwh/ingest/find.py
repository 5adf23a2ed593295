"""Find the columns of a file that a user or a survey's description names."""

from collections.abc import Sequence

from stellarwh.catalogues.column_choice import Choice, choose, names_for
from stellarwh.catalogues.table import FileColumn
from stellarwh.errors import FILE, SurveyError, did_you_mean
from stellarwh.surveys.description import ColumnDescription


def find_column(name: str, columns: Sequence[FileColumn], option: str) -> FileColumn:
    """Return the column that a user named: exactly, or ignoring case.

    Raises
    ------
    SurveyError
        If there is none, naming the nearest; or if several differ only by case.
    """
    exact = [column for column in columns if column.name == name]
    found = exact or [c for c in columns if c.name.lower() == name.lower()]
    if len(found) == 1 or (exact and found):
        return found[0]
    if found:
        spelled = ", ".join(column.name for column in found)
        raise SurveyError(f"{option} '{name}' fits several columns: {spelled}.")
    hint = did_you_mean(name, {column.name for column in columns})
    raise SurveyError(f"{FILE} has no column '{name}' ({option}). {hint}")


def find_declared(
    declared: ColumnDescription, columns: Sequence[FileColumn]
) -> FileColumn | None:
    """Return the file's column for a declared one: exact case before any case."""
    for fold in (str, str.lower):
        for name in declared.source_names:
            found = [c for c in columns if fold(c.name) == fold(name)]
            if len(found) > 1:
                spelled = ", ".join(column.name for column in found)
                raise SurveyError(
                    f"{FILE} has {len(found)} columns for {declared.name}: {spelled}."
                )
            if found:
                return found[0]
    return None


def chosen(asked: Sequence[str], columns: Sequence[FileColumn]) -> Choice:
    """Return which columns of a file ``--columns`` keeps or leaves out.

    Raises
    ------
    SurveyError
        If a name fits no column, or several that differ only by case.
    """
    names = [column.name for column in columns]

    def unknown(name: str) -> SurveyError:
        hint = did_you_mean(name, set(names))
        return SurveyError(f"{FILE} has no column '{name}' (--columns). {hint}")

    for name in asked:
        for plain in (name, name.removeprefix("-")):
            if not {"*", "?"} & set(plain) and names_for(plain, names):
                find_column(plain, columns, "--columns")
                break
    return choose(asked, names, unknown)
