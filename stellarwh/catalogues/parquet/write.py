"""Write Arrow record batches as Parquet that says what its columns are, thrice.

Once as stellarwh wrote it, once as a VOTable (VOParquet, IVOA note 1.0), once in the
way of astropy.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stellarwh.catalogues.ecsv.write import header_lines, meta_lines
from stellarwh.catalogues.output_column import OutputColumn, structure_of
from stellarwh.catalogues.votable.write import declare, fields_xml

Facts = Mapping[str, Mapping[str, str]]


def parquet_has(kind: pa.DataType) -> bool:
    """Return whether Parquet files can hold a type in a way that readers take."""
    if pa.types.is_interval(kind) or pa.types.is_union(kind) or pa.types.is_null(kind):
        return False
    if pa.types.is_dictionary(kind) or pa.types.is_duration(kind):
        return False
    if isinstance(kind, pa.BaseExtensionType):
        return False
    return all(parquet_has(kind.field(i).type) for i in range(kind.num_fields))


def write_parquet(
    batches: pa.RecordBatchReader,
    path: Path,
    *,
    name: str,
    facts: Facts,
    in_vounits: Facts,
    is_simulated: bool = False,
    said: Mapping[str, str] = MappingProxyType({}),
    progress: Callable[[int], None] = lambda rows: None,
) -> int:
    """Write one table and return its number of rows.

    Parameters
    ----------
    batches : pyarrow.RecordBatchReader
        The rows; each batch becomes a row group.
    path : Path
        The file to write.
    name : str
        Name of the table.
    facts, in_vounits : mapping
        Unit, ucd and description of each column that has them: as they were written,
        and with VOUnits.
    is_simulated : bool
        Whether to say that the rows are of simulated catalogues.
    said : mapping
        What else the file says of its rows: texts by keywords that FITS has.
    progress : callable
        Called with the number of rows after each batch.
    """
    schema = batches.schema
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    widths = dict.fromkeys(texts, 1)
    characters = dict.fromkeys(texts, 1)
    rows = 0
    with _writer(path, schema) as out:
        for batch in batches:
            out.write_batch(batch)
            for text in texts:
                column = batch[text]
                longest = pc.max(pc.binary_length(column)).as_py() or 1
                widths[text] = max(widths[text], longest)
                longest = pc.max(pc.utf8_length(column)).as_py() or 1
                characters[text] = max(characters[text], longest)
            rows += batch.num_rows
            progress(batch.num_rows)
        columns = [
            _text(f.name, widths[f.name], characters[f.name], in_vounits)
            if f.name in widths
            else declare(f.name, f.type, in_vounits.get(f.name, {}))
            for f in schema
        ]
        metadata = {
            **({"SIMULATE": "true"} if is_simulated else {}),
            **said,
            "columns": json.dumps(facts, ensure_ascii=False),
            "IVOA.VOTable-Parquet.version": "1.0",
            "IVOA.VOTable-Parquet.content": fields_xml(
                columns,
                name,
                '<PARQUET type="Parquet-local-XML"/>',
                is_simulated=is_simulated,
                said=said,
            ),
            # astropy.io.misc.parquet; it warns of texts of unknown length.
            "table_meta_yaml": "\n".join(
                [
                    *header_lines(schema, in_vounits),
                    *meta_lines(is_simulated=is_simulated, said=said),
                ]
            ),
            **{f"table::len::{text}": str(n) for text, n in characters.items()},
        }
        # Arrow takes what is known only now from here alone.
        stored = _stored(schema.with_metadata(metadata))
        out.add_key_value_metadata({**metadata, "ARROW:schema": stored})
    return rows


@dataclass(frozen=True)
class Described:
    """What the files of one table say of it, where it is cut into many.

    Parameters
    ----------
    name : str
        Name of the table.
    facts, in_vounits : mapping
        As for `write_parquet`.
    is_simulated : bool
        Whether the rows are of simulated catalogues.
    said : mapping
        What else is said of them.
    """

    name: str
    facts: Facts
    in_vounits: Facts
    is_simulated: bool = False
    said: Mapping[str, str] = field(default_factory=dict)

    def footer(self, schema: pa.Schema) -> dict[str, str]:
        """Return what stands in each file, whatever its rows are."""
        # Arrow's part without the rest, which would stand there a second time.
        return {
            **self._metadata(schema),
            "ARROW:schema": _stored(self._fields(schema)),
        }

    def schema(self, schema: pa.Schema) -> pa.Schema:
        """Return columns with all that is said of them."""
        return self._fields(schema).with_metadata(self._metadata(schema))

    def _metadata(self, schema: pa.Schema) -> dict[str, str]:
        columns = [
            declare(f.name, f.type, self.in_vounits.get(f.name, {})) for f in schema
        ]
        names = set(schema.names)
        facts = {
            name: dict(found) for name, found in self.facts.items() if name in names
        }
        xml = fields_xml(
            columns,
            self.name,
            '<PARQUET type="Parquet-local-XML"/>',
            is_simulated=self.is_simulated,
            said=self.said,
        )
        return {
            **({"SIMULATE": "true"} if self.is_simulated else {}),
            **self.said,
            "columns": json.dumps(facts, ensure_ascii=False),
            "IVOA.VOTable-Parquet.version": "1.0",
            "IVOA.VOTable-Parquet.content": xml,
        }

    def _fields(self, schema: pa.Schema) -> pa.Schema:
        """Return columns with unit, ucd and description as Arrow has them."""
        return pa.schema(
            item.with_metadata(dict(self.in_vounits.get(item.name, {})) or None)
            for item in schema
        )


class PartWriter:
    """Writes one file of a table that is cut into many.

    Parameters
    ----------
    path : Path
        The file.
    schema : pyarrow.Schema
        Of the rows.
    footer : mapping of str to str
        What `Described.footer` says.
    """

    def __init__(
        self, path: Path, schema: pa.Schema, footer: Mapping[str, str]
    ) -> None:
        self._footers: list[pq.FileMetaData] = []
        self._out = _writer(path, schema, metadata_collector=self._footers)
        self._footer = footer

    def write(self, rows: pa.Table) -> None:
        """Write a row group."""
        self._out.write_table(rows, row_group_size=max(rows.num_rows, 1))

    def close(self) -> pq.FileMetaData:
        """End the file and return its footer."""
        self._out.add_key_value_metadata(self._footer)
        self._out.close()
        return self._footers[0]


def _writer(path: Path, schema: pa.Schema, **options: Any) -> pq.ParquetWriter:
    # Not by COPY: DuckDB 2.0 writes arrays of fixed length that are NULL as files that
    # no other reader takes. Without dictionaries of numbers this is as fast.
    return pq.ParquetWriter(
        path.absolute(),  # Arrow takes 's3:/name' for an address
        schema,
        compression="zstd",
        store_schema=False,
        use_dictionary=[_leaf(f) for f in schema if _is_text(f.type)] or False,
        **options,
    )


def _stored(schema: pa.Schema) -> str:
    """Return a schema as Arrow keeps it in a footer."""
    return base64.b64encode(schema.serialize().to_pybytes()).decode("ascii")


def _text(name: str, width: int, characters: int, facts: Facts) -> OutputColumn:
    # Readers want texts of a known length.
    return OutputColumn(
        name,
        pa.string(),
        width=width,
        is_ascii=width == characters,
    ).described(facts.get(name, {}))


def _is_text(kind: pa.DataType) -> bool:
    element, _, _ = structure_of(kind)
    return bool(pa.types.is_string(element))


def _leaf(field: pa.Field) -> str:
    """Return how Parquet calls the values of a column."""
    path, kind = field.name, field.type
    while pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind):
        path, kind = f"{path}.list.element", kind.value_type
    return str(path)
