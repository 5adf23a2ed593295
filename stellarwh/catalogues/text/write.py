"""Lines of CSV, made by DuckDB and written as they are.

Not by COPY, for which the connection would have to be free to write files; and a text
that is empty, or has blanks at its ends, is quoted.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import BinaryIO

import pyarrow as pa

from stellarwh.quoting import quote_identifier, quote_text


def header_line(names: Sequence[str]) -> str:
    """Return SQL for the line of column names."""
    return row_line([(quote_text(name), pa.string()) for name in names])


def row_of(schema: pa.Schema) -> str:
    """Return SQL for the line of a row of a table."""
    return row_line([(quote_identifier(field.name), field.type) for field in schema])


def row_line(values: Sequence[tuple[str, pa.DataType]]) -> str:
    """Return SQL for the line of a row, from SQL and type of each of its values."""
    # A line without anything is no row to most readers.
    missing = "''" if len(values) > 1 else "'\"\"'"
    # One call, however many there are: chains of operators may be 1,000 deep.
    fields = ", ',', ".join(_field(*value, missing) for value in values)
    return f"concat({fields}, chr(10))"


def _field(value: str, kind: pa.DataType, missing: str) -> str:
    text = f"({value})::varchar"
    if pa.types.is_primitive(kind) and not pa.types.is_temporal(kind):
        return f"coalesce({text}, {missing})"
    return (
        f"case when {text} is null then {missing} "
        f"when regexp_matches({text}, '[\",\\r\\n]|^$|^[ #]| $') "
        f"then '\"' || replace({text}, '\"', '\"\"') || '\"' else {text} end"
    )


def write_lines(
    file: BinaryIO,
    batches: Iterable[pa.RecordBatch],
    progress: Callable[[int], None] = lambda rows: None,
) -> int:
    """Write batches that have a line in each row; return how many rows there were."""
    rows = 0
    for batch in batches:
        column = batch.column(0).cast(pa.large_string())
        _, offsets, data = column.buffers()
        if data is not None:
            ends = memoryview(offsets).cast("q")
            first, last = ends[column.offset], ends[column.offset + len(column)]
            file.write(memoryview(data)[first:last])
        rows += batch.num_rows
        progress(batch.num_rows)
    return rows
