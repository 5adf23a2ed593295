"""Look into every file of a side that is walked, before any row is read."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import FileColumn, TableFile, notes_of
from stellarwh.catalogues.text.types import narrowest_types
from stellarwh.errors import InputFileError
from stellarwh.ingest.resolve import unique_names
from stellarwh.match.brought import BroughtColumn, names_brought
from stellarwh.match.columns import Side, position, use_columns
from stellarwh.match.files import FileSet, is_named_parquet
from stellarwh.match.parts import Part, parts_of_parquet
from stellarwh.match.sidetypes import is_number, no_number, same_ids
from stellarwh.match.units import factor_of
from stellarwh.match.walked import PLACE, WalkedSide
from stellarwh.runtime.listening import progress


def open_walked(
    name: str,
    side: Side,
    found: FileSet,
    brings: Sequence[str] = (),
    hdu: str | None = None,
) -> WalkedSide:
    """Look into every file of a side, and read none.

    Parameters
    ----------
    name : str
        ``left`` or ``right``.
    side : Side
        As the user described it.
    found : FileSet
        Its files.
    brings : sequence of str
        Columns to bring along, of which it may lack some; or ``all``.
    hdu : str, optional
        Which table of a file with several.

    Raises
    ------
    InputFileError
        If a file cannot be read, or has not the columns of the first one.
    SurveyError
        If there are no columns of positions, or none that the user named.
    """
    first = _open(found.files[0], hdu)
    opened = _FirstFile(name, side, found, first, brings)
    parts: list[Part] = []
    types: list[list[pa.DataType]] = []
    is_simulated = False
    number: int | None = 1
    with progress(f"look into {found.source}", len(found.files)) as bar:
        for path in found.files:
            file = first if path == first.path else _open(path, hdu)
            types.append(opened.types_in(file))
            is_simulated |= file.keywords.get("SIMULATE") is True
            if file.format == "Parquet":
                parts += parts_of_parquet(path, number, opened.places)
            else:
                parts.append(Part(path, None, number, file.rows, {}))
            unknown = number is None or file.rows is None
            number = None if unknown else number + file.rows  # type: ignore[operator]
            bar.advance(1)
    walked = replace(
        opened.side,
        parts=tuple(parts),
        hdu=hdu,
        schema=opened.common_schema(types),
        is_simulated=is_simulated,
    )
    if found.expected is not None and walked.rows not in (None, found.expected):
        said = f"{found.source} says that it has {found.expected:,} rows, and has "
        said += f"{walked.rows:,}: files of it may be missing."
        walked = replace(walked, warnings=(said,))
    return walked


def _open(path: Path, hdu: str | None) -> TableFile:
    file = open_table(path, hdu)
    if is_named_parquet(path) and file.format != "Parquet":
        raise InputFileError(f"{path} is called Parquet but is {file.format}.")
    return file


class _FirstFile:
    """What the first file of a side says; the others must agree."""

    def __init__(
        self,
        name: str,
        side: Side,
        found: FileSet,
        file: TableFile,
        brings: Sequence[str],
    ) -> None:
        self._file = file
        names = [column.name for column in file.columns]
        where = str(file.path)
        ra, dec = found.position or position(names, where)
        for column in (ra, dec):
            if column not in names:
                raise InputFileError(
                    f"{where} has no column '{column}', which the properties of "
                    f"{found.source} name for its positions."
                )
        used = use_columns(side, names, where, {}) | {"ra": ra, "dec": dec}
        self._wanted = list(
            dict.fromkeys(c for c in used.values() if isinstance(c, str))
        )
        self._id = used["id"]
        self._roles = {role: c for role, c in used.items() if isinstance(c, str)}
        columns = {c: self._column(file, c) for c in self._wanted}
        self._units = {c: columns[c].unit for c in columns if columns[c].unit}
        factors = self._factors(file)
        self.places = {
            role: (self._roles[role], factors[role])
            for role in PLACE
            if role in self._roles
        }
        unique = [(c, new) for c, new in unique_names(file.columns)]
        kept = names_brought(brings, [new for _, new in unique])
        readable = [
            (c, new)
            for c, new in unique
            if new in kept and not c.unreadable and self._column(file, c.name) is c
        ]
        notes = [
            f"{new} of {where} is left out: {c.unreadable or 'its name is repeated'}."
            for c, new in unique
            if new in kept and (c, new) not in readable
        ]
        self.side = WalkedSide(
            name=name,
            source=found.source,
            side=side,
            parts=(),
            hdu=None,
            used=used,
            schema=pa.schema([]),
            factors=factors,
            units=self._units,
            brought=tuple(
                BroughtColumn(new, c.unit, c.ucd, c.description) for c, new in readable
            ),
            brought_schema=pa.schema(
                zip(
                    [c.name for c, _ in readable],
                    types_of(file, [c for c, _ in readable]),
                    strict=True,
                )
            )
            if readable
            else None,
            notes=(*found.notes, *notes_of(file), *notes),
        )

    def types_in(self, file: TableFile) -> list[pa.DataType]:
        """Return the types of the used columns in a file, after a look at all."""
        columns = [self._column(file, name) for name in self._wanted]
        types = types_of(file, columns)
        for column, kind in zip(columns, types, strict=True):
            if column.unreadable:
                raise InputFileError(
                    f"The column {column.name} of {file.path} cannot be read: "
                    f"{column.unreadable}."
                )
            if column.name != self._id and not is_number(kind):
                raise no_number(column.name, str(file.path), str(kind))
        if file is not self._file:
            self._check_units(file)
        for column in self.side.brought_schema or ():
            self._column(file, column.name)
        return types

    def common_schema(self, types: Sequence[Sequence[pa.DataType]]) -> pa.Schema:
        """Return the used columns in types that hold the values of every file."""
        found = []
        for index, name in enumerate(self._wanted):
            kinds = [each[index] for each in types]
            if name == self._id:
                found.append((name, same_ids(name, self.side.source, kinds)))
            else:
                same = all(kind == kinds[0] for kind in kinds)
                found.append((name, kinds[0] if same else pa.float64()))
        return pa.schema(found)

    def _column(self, file: TableFile, name: str) -> FileColumn:
        for column in file.columns:
            if column.name == name:
                return column
        raise InputFileError(
            f"{file.path} has no column '{name}', which {self._file.path} has: name "
            "files of one catalogue."
        )

    def _factors(self, file: TableFile) -> dict[str, float]:
        return {
            role: factor_of(role, self._column(file, name).unit, name, str(file.path))
            for role, name in self._roles.items()
        }

    def _check_units(self, file: TableFile) -> None:
        for role, factor in self._factors(file).items():
            if factor != self.side.factors[role]:
                name = self._roles[role]
                raise InputFileError(
                    f"The column {name} is in '{self._column(file, name).unit}' in "
                    f"{file.path} and in '{self._units.get(name, '')}' in "
                    f"{self._file.path}; match them one by one."
                )


def types_of(file: TableFile, columns: Sequence[FileColumn]) -> list[pa.DataType]:
    """Return the types of columns, of a text file the narrowest that hold them."""
    if file.format.startswith("text"):
        return list(narrowest_types(file, columns))
    return [column.type for column in columns]
