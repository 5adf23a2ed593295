"""What changed in a view is told in words."""

from stellarwh.learning.tasks.changes import changed_words, column_changes
from stellarwh.learning.tasks.names import plain_name, shown_name


def test_features_are_gone_new_or_of_another_type():
    before = {"a": "DOUBLE", "b": "FLOAT", "c": "INTEGER", "d": "DOUBLE"}
    now = {"d": "DOUBLE", "b": "DOUBLE", "e": "BIGINT", "c": "DOUBLE"}
    assert column_changes(before, now) == (
        "gone: a; new: e; b was FLOAT and is DOUBLE; c was INTEGER and is DOUBLE"
    )
    assert column_changes(now, now | {"f": "DOUBLE"}) == "new: f"
    assert column_changes(before, before) == ""


def test_the_words_between_those_that_are_the_same_are_told():
    one = "select a, b + 1 as c from t"
    assert changed_words(one, "select a, b - 2 as c from t") == "'+ 1' became '- 2'"
    assert changed_words(one, f"{one} where x") == "'' became 'where x'"
    assert changed_words(f"with {one}", one) == "'with' became ''"
    # What was doubled or halved is told once, not twice.
    assert changed_words("a a b", "a b") == "'a' became ''"
    assert changed_words("a b", "x y") == "'a b' became 'x y'"


def test_many_words_are_cut_at_a_word():
    words = [f"word{i}" for i in range(30)]
    told = changed_words("", " ".join(words))
    assert told == f"'' became '{' '.join(words[:12])} …'"
    # 39 letters and the blanks between them are 77 characters, 79 with the sign.
    assert changed_words("", "x " * 60) == f"'' became '{'x ' * 39}…'"


def test_names_that_polars_reads_as_patterns_are_marked():
    for name in ("*", "^a.*$", "^$"):
        assert plain_name(name) != name
        assert shown_name(plain_name(name)) == name
    for name in ("^a", "a$", "a*", "[Fe/H]", "", "^"):
        assert plain_name(name) == name
