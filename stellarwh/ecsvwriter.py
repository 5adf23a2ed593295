"""Write Arrow record batches as ECSV, one batch in memory at a time."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

_NAMES = {
    pa.bool_(): "bool",
    pa.uint8(): "uint8",
    pa.int16(): "int16",
    pa.int32(): "int32",
    pa.int64(): "int64",
    pa.float32(): "float32",
    pa.float64(): "float64",
}


def write_ecsv(
    batches: pa.RecordBatchReader,
    path: Path,
    schema: pa.Schema,
    facts: dict[str, dict[str, str]],
    *,
    progress: Callable[[int], None] = lambda rows: None,
) -> None:
    """Write one table.

    Parameters
    ----------
    batches : pyarrow.RecordBatchReader
        The rows; truth values and arrays as the texts that ECSV has for them.
    path : Path
        The file to write.
    schema : pyarrow.Schema
        Names and types of the columns.
    facts : dict
        Unit, ucd and description of each column that has them.
    progress : callable
        Called with the number of rows after each batch.
    """
    lines = ["%ECSV 1.0", "---", "delimiter: ','", "datatype:"]
    lines += [f"- {_describe(field, facts.get(field.name, {}))}" for field in schema]
    lines += ["schema: astropy-2.0"]
    with path.open("wb") as file:
        file.write("".join(f"# {line}\n" for line in lines).encode("utf-8"))
        with pa_csv.CSVWriter(file, batches.schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
                progress(batch.num_rows)


def _describe(field: pa.Field, facts: dict[str, str]) -> str:
    """Return the header line of a column: JSON, which is YAML too."""
    kind = field.type
    entry: dict[str, object] = {"name": field.name}
    if facts.get("unit"):
        entry["unit"] = facts["unit"]
    if pa.types.is_fixed_size_list(kind):
        entry["datatype"] = "string"
        entry["subtype"] = f"{_NAMES[kind.value_type]}[{kind.list_size}]"
    else:
        entry["datatype"] = _NAMES.get(kind, "string")
    if facts.get("description"):
        entry["description"] = facts["description"]
    if facts.get("ucd"):
        entry["meta"] = {"ucd": facts["ucd"]}
    return json.dumps(entry, ensure_ascii=False)
