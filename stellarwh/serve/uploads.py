"""Tables that a query brings, which are gone when it is answered.

They are VOTables within the request, or results of jobs by their address: nothing is
fetched from anywhere.
"""

import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
from starlette.datastructures import UploadFile

from stellarwh.adql.tables import Column, Table
from stellarwh.catalogues.formats import recognise_format
from stellarwh.catalogues.table import no_nulls
from stellarwh.errors import InputFileError, named
from stellarwh.quoting import quote_identifier
from stellarwh.serve.problems import Problem

__all__ = ["SCHEMA", "Upload", "load", "save", "wanted"]

SCHEMA = "TAP_UPLOAD"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
_MOST = 20
# Numbers and characters in a table's rows: 64 MiB of numbers written as text have about
# as many, and a few hundred bytes can declare any number.
_MOST_DECLARED = 32_000_000
_ARROW = "stellarwh_upload"


@dataclass(frozen=True)
class Upload:
    """A table that a query brings.

    Parameters
    ----------
    name : str
        As the query has it, behind ``TAP_UPLOAD.``.
    path : Path
        The VOTable.
    """

    name: str
    path: Path


def wanted(texts: Iterable[str]) -> dict[str, str]:
    """Return the name of each uploaded table, and where it is.

    Parameters
    ----------
    texts : iterable of str
        Values of UPLOAD: ``name,param:part`` or ``name,address``, several with
        semicolons between.

    Raises
    ------
    Problem
        If a name is none, is given twice, or its table lies elsewhere.
    """
    found: dict[str, str] = {}
    for text in ";".join(texts).split(";"):
        if not text.strip():
            continue
        name, _, place = (word.strip() for word in text.partition(","))
        name = re.sub(rf"^{SCHEMA}\.", "", name, flags=re.IGNORECASE)
        if not _NAME.fullmatch(name) or not place:
            raise Problem(f"UPLOAD={text[:80]}: it is 'name,param:part'.")
        if name.lower() in (known.lower() for known in found):
            raise Problem(f"UPLOAD names {name} twice.")
        found[name] = place
    if len(found) > _MOST:
        raise Problem(f"UPLOAD brings {len(found)} tables; {_MOST} are the most.")
    return found


def save(
    wanted: Mapping[str, str],
    files: Mapping[str, UploadFile],
    folder: Path,
    result_at: Callable[[str], Path | None],
) -> list[Upload]:
    """Write the tables of a request to a folder.

    Parameters
    ----------
    wanted : mapping
        As the function `wanted` returns it.
    files : mapping
        The parts of the form that are files.
    folder : Path
        Where to.
    result_at : callable
        Returns the file of the result of a job that has an address.

    Raises
    ------
    Problem
        If a table lies elsewhere, or is missing.
    """
    uploads: list[Upload] = []
    for name, place in wanted.items():
        path = folder / f"upload{len(uploads)}.vot"
        scheme, _, part = place.partition(":")
        if scheme.lower() != "param":
            found = result_at(place)
            if found is None:
                raise Problem(
                    f"UPLOAD={name},{place[:80]}: a table comes within the request "
                    "('param:part'), or is the result of a job of this service; "
                    "nothing else is fetched."
                )
            shutil.copy(found, path)
        elif part in files:
            with path.open("wb") as file:
                files[part].file.seek(0)
                shutil.copyfileobj(files[part].file, file)
        else:
            raise Problem(f"UPLOAD names the part '{part[:80]}', which is no file.")
        uploads.append(Upload(name, path))
    return uploads


def load(cursor: duckdb.DuckDBPyConnection, uploads: Sequence[Upload]) -> list[Table]:
    """Make tables of what a query brings, which go with its cursor.

    Raises
    ------
    Problem
        If one is no VOTable, or damaged.
    """
    return [_load(cursor, upload) for upload in uploads]


def _load(cursor: duckdb.DuckDBPyConnection, upload: Upload) -> Table:
    # astropy takes 30 MB, for whoever uploads.
    from stellarwh.catalogues.votable.read import open_votable  # noqa: PLC0415

    shown = Path(f"{SCHEMA}.{upload.name}")
    try:
        kind, zipped = recognise_format(upload.path)
        if kind != "votable":
            raise Problem(f"{shown} is no VOTable.")
        table = open_votable(upload.path, zipped=zipped, most=_MOST_DECLARED)
        columns = [column for column in table.columns if not column.unreadable]
        batches = list(table.batches(columns, no_nulls()))
    except InputFileError as error:
        text = named(str(error), shown).replace(str(upload.path), str(shown))
        raise Problem(text) from None
    if not columns:
        raise Problem(f"{shown} has no column that can be read.")
    for place, column in enumerate(columns, 1):
        if not column.name:
            raise Problem(f"{shown}: column {place} has no name; give it one.")
    schema = pa.schema(
        [(str(place), column.type) for place, column in enumerate(columns)]
    )
    arrow = pa.Table.from_batches(
        [pa.RecordBatch.from_arrays(batch.columns, schema=schema) for batch in batches],
        schema,
    )
    made = f"temp.main.{quote_identifier(f'upload of {upload.name.lower()}')}"
    selected = ", ".join(
        f"{quote_identifier(str(place))} as {quote_identifier(column.name)}"
        for place, column in enumerate(columns)
    )
    cursor.register(_ARROW, arrow)
    try:
        cursor.execute(
            f"create temp table {made} as select {selected} from {_ARROW}"  # noqa: S608 - quoted identifiers
        )
    finally:
        cursor.unregister(_ARROW)
    kinds = [str(kind) for kind in cursor.sql(f"from {made}").types]
    return Table(
        SCHEMA,
        upload.name,
        tuple(
            Column(
                column.name,
                kind,
                column.unit,
                column.ucd,
                column.description,
                column.xtype,
            )
            for column, kind in zip(columns, kinds, strict=True)
        ),
        source=made,
        rows=arrow.num_rows,
    )
