"""Values of ECSV: from texts to what the header declares, exactly or not at all."""

import json
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stellarwh.catalogues.astropy_header import HeaderColumn

_FLOATS = {"float16": pa.float32(), "float32": pa.float32(), "float64": pa.float64()}
_TYPES = {
    "bool": pa.bool_(), "int8": pa.int8(), "int16": pa.int16(), "int32": pa.int32(),
    "int64": pa.int64(), "uint8": pa.uint8(), "uint16": pa.uint16(),
    "uint32": pa.uint32(), "uint64": pa.uint64(), "string": pa.string(), **_FLOATS,
    "complex64": pa.list_(pa.float32(), 2), "complex128": pa.list_(pa.float64(), 2),
    # Objects of any kind stay the JSON that they are written as.
    "json": pa.string(),
}  # fmt: skip
# Not what a parser takes beside: hexadecimal numbers, a sign alone.
_WHOLE = r"^-?\d+$"
_TRUTH = pa.array(["true", "false"])


class ValueMisfit(ValueError):  # noqa: N818 - no error of its own: it becomes one line
    """A text that is not of its column's type."""


def declared_type(column: HeaderColumn) -> pa.DataType | None:
    """Return the Arrow type of a column; None if it is of no type of ECSV."""
    kind = _TYPES.get(column.element)
    if kind is None or (column.shape and column.element == "json"):
        return pa.string() if column.element == "json" else None
    varies = None in column.shape
    for size in reversed(column.shape):
        kind = pa.list_(kind) if varies else pa.list_(kind, size)
    return kind


def values_of(texts: pa.StringArray, kind: pa.DataType) -> pa.Array:
    """Return texts as a type; ``null`` is no value, as the Gaia archive writes it.

    Raises
    ------
    ValueMisfit
        If one is not of that type, showing it.
    """
    if pa.types.is_string(kind):
        return texts
    texts = pc.utf8_trim_whitespace(texts)
    missing = pc.is_in(texts, value_set=pa.array(["null", ""]))
    texts = pc.if_else(missing, pa.scalar(None, pa.string()), texts)
    if pa.types.is_nested(kind):
        is_complex = pc.any(pc.match_substring_regex(texts, r"j\)?$")).as_py()
        return _complex(texts, kind) if is_complex else _arrays(texts, kind)
    if pa.types.is_boolean(kind):
        words = pc.utf8_lower(texts)
        _check(texts, pc.is_in(words, value_set=_TRUTH), kind)
        return pc.if_else(pc.is_null(texts), None, pc.equal(words, "true"))
    if pa.types.is_integer(kind):
        texts = pc.replace_substring_regex(texts, r"^\+", "")
        _check(texts, pc.match_substring_regex(texts, _WHOLE), kind)
        return _cast(texts, kind, lambda part: pc.cast(part, kind))
    numbers = _cast(texts, kind, lambda part: pc.cast(part, kind))
    said = pc.match_substring_regex(texts, r"^[+-]?[iI]")
    # A number beyond the largest one is no infinity.
    _check(texts, pc.or_(pc.invert(pc.is_inf(numbers)), said), kind)
    return numbers


def _check(texts: pa.StringArray, fits: pa.BooleanArray, kind: pa.DataType) -> None:
    fits = pc.or_(pc.fill_null(fits, fill_value=False), pc.is_null(texts))
    if not pc.all(fits, min_count=0).as_py():
        raise _misfit(texts.filter(pc.invert(fits))[0].as_py(), kind)


def _misfit(text: str, kind: pa.DataType) -> ValueMisfit:
    shown = " ".join(text.split())
    shown = shown if len(shown) <= 60 else f"{shown[:59]}…"
    return ValueMisfit(f"holds '{shown}' where its header promises {_spelled(kind)}")


def _spelled(kind: pa.DataType) -> str:
    """Return a type as the header of an ECSV file spells it."""
    sizes = []
    while pa.types.is_nested(kind):
        is_fixed = pa.types.is_fixed_size_list(kind)
        sizes.append(str(kind.list_size) if is_fixed else "null")
        kind = kind.value_type
    name = {"double": "float64", "float": "float32"}.get(str(kind), str(kind))
    return f"{name}[{','.join(sizes)}]" if sizes else name


def _cast(
    texts: pa.StringArray,
    kind: pa.DataType,
    cast: Callable[[pa.StringArray], pa.Array],
) -> pa.Array:
    """Return ``cast(texts)``, or raise an error that shows the first misfit."""
    try:
        return cast(texts)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        misfit = texts
    while len(misfit) > 1:
        half = misfit.slice(0, len(misfit) // 2)
        try:
            cast(half)
            misfit = misfit.slice(len(misfit) // 2)
        except (pa.ArrowException, ValueError, TypeError, OverflowError):
            misfit = half
    raise _misfit(misfit[0].as_py() or "nothing", kind)


def _complex(texts: pa.StringArray, kind: pa.DataType) -> pa.Array:
    def parsed(part: pa.StringArray) -> pa.Array:
        # Only Python knows how complex numbers are spelled; no catalogue has many.
        numbers = [complex(t or "0") for t in part.to_pylist()]
        pairs = np.array(numbers, np.complex128).view(np.float64)
        inner = pa.array(pairs).cast(kind.value_type, safe=False)
        gone = pa.array(np.repeat(part.is_null().to_numpy(zero_copy_only=False), 2))
        inner = pc.if_else(gone, pa.scalar(None, kind.value_type), inner)
        return pa.FixedSizeListArray.from_arrays(inner, 2)

    return _cast(texts, kind, parsed)


def _arrays(texts: pa.StringArray, kind: pa.DataType) -> pa.Array:
    def parsed(part: pa.StringArray) -> pa.Array:
        # All cells are one text of JSON, so that one call reads them.
        whole = ",".join(pc.fill_null(part, "null").to_pylist())
        cells = json.loads(f"[{whole}]")
        if len(cells) != len(part):
            raise ValueError("a cell holds a comma of its own")
        return pa.array(cells, kind)

    return _cast(texts, kind, parsed)
