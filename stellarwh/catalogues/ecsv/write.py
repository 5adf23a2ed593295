"""Write Arrow record batches as ECSV, one batch in memory at a time."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa

from stellarwh.catalogues.output_column import structure_of
from stellarwh.catalogues.text.write import write_lines

# What YAML does not take as it is, or takes for the end of a line.
_NO_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
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
    header: str,
    schema: pa.Schema,
    facts: Mapping[str, Mapping[str, str]],
    *,
    is_simulated: bool = False,
    said: Mapping[str, str] = MappingProxyType({}),
    progress: Callable[[int], None] = lambda rows: None,
) -> None:
    """Write one table.

    Parameters
    ----------
    batches : pyarrow.RecordBatchReader
        A line in each row.
    path : Path
        The file to write.
    header : str
        The line of column names.
    schema : pyarrow.Schema
        Names and types of the columns.
    facts : dict
        Unit, ucd and description of each column that has them.
    is_simulated : bool
        Whether to say that the rows are of simulated catalogues.
    said : mapping
        What else the file says of its rows: texts by keywords that FITS has.
    progress : callable
        Called with the number of rows after each batch.
    """
    lines = ["%ECSV 1.0", "---", "delimiter: ','", *header_lines(schema, facts)]
    lines += meta_lines(is_simulated=is_simulated, said=said)
    lines += ["schema: astropy-2.0"]
    with path.open("wb") as file:
        file.write("".join(f"# {line}\n" for line in lines).encode("utf-8"))
        file.write(header.encode("utf-8"))
        write_lines(file, batches, progress)


def header_lines(
    schema: pa.Schema, facts: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """Return the lines of YAML that say what the columns are."""
    return [
        "datatype:",
        *(f"- {_describe(field, facts.get(field.name, {}))}" for field in schema),
    ]


def meta_lines(*, is_simulated: bool, said: Mapping[str, str]) -> list[str]:
    """Return the line of YAML that says what is known of the table, if anything is."""
    told = {**({"SIMULATE": True} if is_simulated else {}), **said}
    return [f"meta: {_yaml(told)}"] if told else []


def _describe(field: pa.Field, facts: Mapping[str, str]) -> str:
    """Return the header line of a column: JSON, which is YAML too."""
    kind = field.type
    entry: dict[str, object] = {"name": field.name}
    if facts.get("unit"):
        entry["unit"] = facts["unit"]
    element, shape, varies = structure_of(kind)
    if varies or shape:
        entry["datatype"] = "string"
        sizes = json.dumps([None] if varies else shape, separators=(",", ":"))
        entry["subtype"] = f"{_NAMES.get(element, 'string')}{sizes}"
    else:
        entry["datatype"] = _NAMES.get(kind, "string")
    if facts.get("description"):
        entry["description"] = facts["description"]
    if facts.get("ucd"):
        entry["meta"] = {"ucd": facts["ucd"]}
    return _yaml(entry)


def _yaml(value: object) -> str:
    """Return a value as JSON, which is YAML too."""
    text = json.dumps(value, ensure_ascii=False)
    return _NO_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
