"""Write Arrow record batches as Parquet that says what its columns are, thrice.

Once as stellarwh wrote it, once as a VOTable (VOParquet, IVOA note 1.0), once in the
way of astropy.
"""

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

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
    # Not by COPY: DuckDB 2.0 writes arrays of fixed length that are NULL as files that
    # no other reader takes. Without dictionaries of numbers this is as fast.
    with pq.ParquetWriter(
        path.absolute(),  # Arrow takes 's3:/name' for an address
        schema,
        compression="zstd",
        store_schema=False,
        use_dictionary=[_leaf(f) for f in schema if _is_text(f.type)] or False,
    ) as out:
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
        arrow = schema.with_metadata(metadata).serialize().to_pybytes()
        stored = base64.b64encode(arrow).decode("ascii")
        out.add_key_value_metadata({**metadata, "ARROW:schema": stored})
    return rows


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
