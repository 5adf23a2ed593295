"""Conversions: exact or refused."""

from collections import Counter

import pyarrow as pa
import pytest

from stellarwh.catalogues.convert import InexactError, arrow_type_of, convert, widen

I16, I32, I64 = pa.int16(), pa.int32(), pa.int64()
F32, F64, TEXT = pa.float32(), pa.float64(), pa.string()


@pytest.mark.parametrize(
    ("declared", "found", "expected"),
    [
        (I32, I16, I32),
        (I32, I64, I64),
        (I32, pa.uint32(), I64),
        (I64, pa.uint64(), pa.uint64()),
        (I16, pa.uint8(), I16),
        (F32, F64, F64),
        (F64, F32, F64),
        (F32, I16, F32),
        (F32, I32, F64),
        (I32, F64, I32),
        (I32, TEXT, I32),
        (TEXT, I64, TEXT),
        (pa.list_(I64, 9), pa.list_(I32, 7), pa.list_(I64, 7)),
        (pa.list_(F32, 9), pa.list_(F64, 9), pa.list_(F64, 9)),
    ],
)
def test_a_column_is_never_narrower_than_the_file(declared, found, expected):
    assert widen(declared, found) == expected


def test_declared_types_have_arrow_types():
    assert arrow_type_of("BIGINT[9]") == pa.list_(I64, 9)
    assert arrow_type_of("VARCHAR") == TEXT


@pytest.mark.parametrize(
    ("values", "found", "target", "expected"),
    [
        (["55860.0", "7", None], TEXT, I32, [55860, 7, None]),
        (["9223372036854775807", "1.0"], TEXT, I64, [2**63 - 1, 1]),
        (["1e3", " 5 "], TEXT, I32, [1000, 5]),
        (["1.5", "nan", "-inf"], TEXT, F64, [1.5, "nan", float("-inf")]),
        (["4945.4"], TEXT, F32, [pa.scalar(4945.4, F32).as_py()]),
        ([5.0, None], F64, I64, [5, None]),
        ([2**53], I64, F64, [2.0**53]),
        ([12, None], I64, TEXT, ["12", None]),
        ([True], pa.bool_(), I32, [1]),
    ],
)
def test_values_that_fit_are_converted(values, found, target, expected):
    array = convert(pa.array(values, found), target, Counter())
    assert [("nan" if v != v else v) for v in array.to_pylist()] == expected
    assert array.type == target


@pytest.mark.parametrize(
    ("values", "found", "target", "shown"),
    [
        (["7", "55860.5", "8.5"], TEXT, I32, "'55860.5'"),
        (["1", "9223372036854775808"], TEXT, I64, "'9223372036854775808'"),
        (["1", "12:34:56"], TEXT, F64, "'12:34:56'"),
        (["1", "40000"], TEXT, I16, "'40000'"),
        ([1.0, 2.5], F64, I64, "2.5"),
        ([float("nan")], F64, I64, "nan"),
        ([1, 2**53 + 1], I64, F64, str(2**53 + 1)),
        ([1.5], F64, TEXT, "text is expected"),
        ([[1, 2]], pa.list_(I64, 2), I64, "an array of 2"),
        ([1], I64, pa.list_(I64, 2), "an array of 2"),
    ],
)
def test_the_first_value_that_does_not_fit_is_shown(values, found, target, shown):
    with pytest.raises(InexactError, match=shown):
        convert(pa.array(values, found), target, Counter())


def test_words_for_no_value_are_null_and_counted_in_numbers_only():
    rules: Counter[str] = Counter()
    words = pa.array(["null", "N/A", "1"])
    assert convert(words, F64, rules).to_pylist() == [None, None, 1.0]
    assert rules == {"null word": 2}
    assert convert(words, TEXT, rules).to_pylist() == ["null", "N/A", "1"]


def test_whole_numbers_that_a_float_rounded_are_null_and_exact_texts_stay():
    rules: Counter[str] = Counter()
    floats = pa.array([5.784542626622937e18, 7.0])
    assert convert(floats, pa.int64(), rules).to_pylist() == [None, 7]
    texts = pa.array(["5784542626622937341.0", "5.78e18"])
    found = convert(texts, pa.int64(), rules).to_pylist()
    assert found == [5784542626622937341, None]
    assert rules == {"rounded by a float": 2}
