"""What astropy says of the columns of a table, in YAML: in ECSV and in Parquet."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import yaml

_SUBTYPE = re.compile(r"(\w+)\s*\[(.*)\]")
# Times and coordinates are several plain columns; these say what they are of.
_TELLING = {"Time": ("format", "scale"), "SkyCoord": ("frame",)}


@dataclass(frozen=True)
class HeaderColumn:
    """One column as a header in YAML describes it.

    Parameters
    ----------
    name, unit, ucd, description : str
        As written; empty where not said.
    element : str
        Type of a value, or of an element of an array: ``int64``, ``string``, ``json``.
    shape : tuple of (int or None)
        Of a cell, None for any length.
    """

    name: str
    unit: str
    ucd: str
    description: str
    element: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True)
class AstropyHeader:
    """The columns of a table as astropy describes them.

    Parameters
    ----------
    columns : tuple of HeaderColumn
        In order.
    masks : mapping of str to str
        For columns whose missing values another column names, that one.
    """

    columns: tuple[HeaderColumn, ...]
    masks: Mapping[str, str]


def read_header(text: str) -> AstropyHeader:
    """Read the YAML; nothing in it is made an object of, whatever it says.

    Raises
    ------
    ValueError
        If it is no such header.
    """
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        # BaseLoader gives texts, lists and mappings alone, names and units as written.
        found = yaml.load(text, Loader=loader)
    except (yaml.YAMLError, RecursionError) as error:
        line = " ".join(str(error).split())
        raise ValueError(f"its header is not YAML: {line}") from None
    columns = found.get("datatype") if isinstance(found, dict) else None
    if not isinstance(columns, list) or not columns:
        raise ValueError("its header lists no columns")
    said = dict(_serialised(found.get("meta")))
    made = tuple(_column(facts, said) for facts in columns)
    return AstropyHeader(made, dict(_masks(said, set())))


def _column(facts: Any, said: Mapping[str, Any]) -> HeaderColumn:
    if not isinstance(facts, dict) or not isinstance(facts.get("name"), str):
        raise ValueError("its header has a column without a name")
    name = facts["name"]
    element = str(facts.get("datatype", ""))
    shape: tuple[int | None, ...] = ()
    if subtype := _text(facts.get("subtype")):
        element, shape = _array(name, subtype, element)
    meta = facts.get("meta")
    return HeaderColumn(
        name,
        _unit(facts.get("unit")),
        _text(dict(_pairs(meta)).get("ucd")),
        _text(facts.get("description")) or _part_of(name, said),
        element,
        shape,
    )


def _array(
    name: str, subtype: str, datatype: str
) -> tuple[str, tuple[int | None, ...]]:
    found = _SUBTYPE.fullmatch(subtype)
    if found is None:
        # Objects of any kind; else, as astropy takes it, nothing.
        return ("json" if subtype == "json" else datatype), ()
    try:
        sizes = [s.strip() for s in found[2].split(",")]
        shape = tuple(None if s == "null" else int(s) for s in sizes)
    except ValueError:
        raise ValueError(f"the shape of {name} is '{subtype}'") from None
    if any(size is not None and not 0 < size <= 100_000 for size in shape):
        raise ValueError(f"the shape of {name} is '{subtype}'")
    return found[1], shape


def _unit(unit: Any) -> str:
    # As written, or as an object of astropy's with the unit in it.
    return _text(unit.get("unit") if isinstance(unit, dict) else unit)


def _text(value: Any) -> str:
    """Return a text, empty where YAML says that there is none."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return "" if text in ("null", "~") else text


def _pairs(meta: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a mapping holds, or a list of mappings (an ordered one)."""
    for part in meta if isinstance(meta, list) else [meta]:
        if isinstance(part, dict):
            yield from part.items()


def _serialised(meta: Any) -> Iterator[tuple[str, Any]]:
    for key, value in _pairs(meta):
        if key == "__serialized_columns__":
            yield from _pairs(value)


def _part_of(name: str, said: Mapping[str, Any]) -> str:
    """Return what is to be said of a column that an object was written as."""
    whole = said.get(name, said.get(name.rpartition(".")[0]))
    if not isinstance(whole, dict):
        return ""
    kind = str(whole.get("__class__", "")).rpartition(".")[2]
    keys = _TELLING.get(kind)
    if keys is None:
        return ""
    facts = [f"{key} {whole[key]}" for key in keys if isinstance(whole.get(key), str)]
    return f"{kind} ({', '.join(facts)})"


def _masks(node: Any, seen: set[int]) -> Iterator[tuple[str, str]]:
    """Yield columns of values and the columns that say which of these are missing."""
    if not isinstance(node, dict) or id(node) in seen:
        return
    # An alias may lead to the same mapping again and again.
    seen.add(id(node))
    values = node.get("data", node.get("value"))
    mask = node.get("mask")
    if isinstance(values, dict) and isinstance(mask, dict):
        names = values.get("name"), mask.get("name")
        if all(isinstance(name, str) for name in names):
            yield str(names[0]), str(names[1])
    for part in node.values():
        yield from _masks(part, seen)


def mask_positions(names: Sequence[str], header: AstropyHeader) -> dict[int, int]:
    """Return the positions of columns that have a mask, each with that of the mask."""
    found = {name: position for position, name in enumerate(names)}
    return {
        found[name]: found[mask]
        for name, mask in header.masks.items()
        if name in found and mask in found and name != mask
    }


def without_masked(values: pa.Array, mask: pa.Array) -> pa.Array:
    """Return values with NULL where the mask says True.

    Parameters
    ----------
    values : pyarrow.Array
        Single values, or arrays of one shape.
    mask : pyarrow.Array of bool
        Of that shape.
    """
    if pa.types.is_fixed_size_list(values.type) and (
        pa.types.is_fixed_size_list(mask.type)
        or pa.types.is_list(mask.type)
        or pa.types.is_large_list(mask.type)
    ):
        inner = without_masked(values.flatten(), mask.flatten())
        if values.null_count:
            return values
        return pa.FixedSizeListArray.from_arrays(inner, values.type.list_size)
    gone = pc.fill_null(mask, fill_value=False)
    return pc.if_else(gone, pa.scalar(None, values.type), values)
