"""What the names and types of columns mean to a task."""

import pytest

from stellarwh.errors import TaskError
from stellarwh.learning.tasks.task import _as_contract, _is_number, _targets


@pytest.mark.parametrize(
    ("column", "meant"),
    [
        ("STAR_ID", "star_id"), ("Healpix_Group", "healpix_group"), ("Teff", "Teff"),
        ("LABEL_Teff", "label_Teff"), ("label_Teff_ERR", "label_Teff_err"),
        ("Label__err", "label__err"), ("teff_ERR", "teff_ERR"), ("labels", "labels"),
    ],
)  # fmt: skip
def test_words_of_the_contract_may_be_in_any_case(column, meant):
    assert _as_contract(column) == meant


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("TINYINT", True), ("UHUGEINT", True), ("FLOAT", True), ("BOOLEAN", True),
        ("DECIMAL(18,3)", True), ("DECIMAL(18,3)[]", False), ("DOUBLE[]", False),
        ("STRUCT(a DECIMAL(9,2))", False), ("VARCHAR", False), ("DATE", False),
    ],
)  # fmt: skip
def test_numbers_are_of_types_that_count(name, is_one):
    assert _is_number(name) == is_one


def test_a_label_has_the_error_of_its_name_whatever_its_case():
    types = {
        "star_id": "BIGINT", "teff": "DOUBLE",
        "label_Teff": "DOUBLE", "label_teff_err": "FLOAT",
        # A class has no error, and an error of nothing is a label.
        "label_kind": "ENUM('a', 'b')", "label_kind_err": "DOUBLE",
        "label_logg_err": "DECIMAL(9,3)", "label_name": "VARCHAR",
    }  # fmt: skip
    found = _targets("mine", types)
    assert [(t.name, t.column, t.kind, t.error_column) for t in found] == [
        ("Teff", "label_Teff", "number", "label_teff_err"),
        ("kind", "label_kind", "class", None),
        ("logg_err", "label_logg_err", "number", None),
        ("name", "label_name", "class", None),
    ]


@pytest.mark.parametrize(
    ("types", "said"),
    [
        ({"teff": "DOUBLE"}, "has no label"),
        ({"label_": "DOUBLE"}, "names no target"),
        ({"label_y": "BOOLEAN"}, "is BOOLEAN; make it text"),
        ({"label_y": "ENUM('a')[]"}, "a label is a number or a text"),
        ({"label_y": "DOUBLE", "label_y_err": "VARCHAR"}, "error of a label is a numb"),
    ],
)
def test_labels_that_cannot_be_learned_are_refused(types, said):
    with pytest.raises(TaskError, match=said):
        _targets("mine", types)
