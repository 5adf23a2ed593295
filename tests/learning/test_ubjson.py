"""UBJSON of hand-made bytes, by draft 12 of its description."""

import struct

import numpy as np
import pytest

from stellarwh.learning.runs.ubjson import read_ubjson


def count(n: int) -> bytes:
    return b"L" + struct.pack(">q", n)


def text(value: str) -> bytes:
    raw = value.encode()
    return count(len(raw)) + raw


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"i\xff", -1),
        (b"U\xff", 255),
        (b"I\xff\xfe", -2),
        (b"l\x80\x00\x00\x00", -(2**31)),
        (b"L\x7f\xff\xff\xff\xff\xff\xff\xff", 2**63 - 1),
        (b"d\x3f\xc0\x00\x00", 1.5),
        (b"D" + struct.pack(">d", 0.1), 0.1),
        (b"T", True),
        (b"F", False),
        (b"Z", None),
        (b"S" + text("α Cen"), "α Cen"),
        (b"[]", []),
        (b"[TU\x07]", [True, 7]),
        (b"[#" + count(2) + b"TU\x07", [True, 7]),
        (b"{}", {}),
        (b"{" + text("a") + b"U\x01" + text("b") + b"[Z]}", {"a": 1, "b": [None]}),
    ],
)  # fmt: skip
def test_each_kind_of_value_is_read(data, value):
    found = read_ubjson(data)
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("marker", "kind"),
    [("i", "i1"), ("U", "u1"), ("I", ">i2"), ("l", ">i4"), ("L", ">i8"), ("d", ">f4"),
     ("D", ">f8")],
)  # fmt: skip
def test_an_array_of_one_type_comes_as_numpy_has_it(marker, kind):
    values = np.array([3, 0, 100], kind)
    found = read_ubjson(b"[$" + marker.encode() + b"#" + count(3) + values.tobytes())
    assert (found.dtype, found.tolist()) == (values.dtype, values.tolist())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "a length goes beyond the end"),
        (b"{", "a length goes beyond the end"),
        (b"[T", "a length goes beyond the end"),
        (b"l\0\0\0", "a length goes beyond the end"),
        (b"{}x", "something follows its end"),
        (b"[$d#" + count(2**63 - 1), "a length goes beyond the end"),
        (b"[$d#" + count(-1), "a length goes beyond the end"),
        (b"[$d#" + count(2) + b"\0" * 7, "a length goes beyond the end"),
        (b"[#" + count(2**44), "a length goes beyond the end"),
        (b"[#" + count(-1), "a length goes beyond the end"),
        (b"S" + count(2**63 - 1), "a length goes beyond the end"),
        (b"SU\x01a", "a length is of another type than XGBoost writes"),
        (b"[" * 100_000, "nested too deeply"),
        (b"{" + text("a") + b"T" + text("a") + b"F}", "it names 'a' twice"),
        (b"N", "the unknown marker b'N'"),
        (b"[$T#" + count(1), "an array is of an unknown type"),
        (b"[$d]", "an array of one type has no length"),
    ],
)
def test_no_length_depth_or_name_is_believed(data, message):
    with pytest.raises(ValueError, match=message):
        read_ubjson(data)


def test_sixteen_things_within_another_are_read_and_more_are_not():
    found = read_ubjson(b"[" * 16 + b"T" + b"]" * 16)
    for _ in range(16):
        (found,) = found
    assert found is True
    with pytest.raises(ValueError, match="nested too deeply"):
        read_ubjson(b"[" * 17 + b"T" + b"]" * 17)
