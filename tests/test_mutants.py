"""The faults that `make mutate` puts into files."""

from tests.mutation.equivalent import known
from tests.mutation.mutants import mutants_of


def changed(name, text):
    return {(m.line, m.was, m.is_now) for m in mutants_of(name, text)}


def of_query(sql):
    """Return the faults of one line of SQL: what was, and what is now."""
    return {(was, now) for _, was, now in changed("q.sql", sql)}


def test_faults_of_sql_are_signs_numbers_and_names_alike():
    sql = (
        "-- a + b\ncreate or replace view x.y as\n"
        "select c_fe, 2 * mg_fe as m, a - 1.46 as é, 'a < 2' as t\n"
        "from b where a is not null and c < 2;\n"
    )
    assert changed("y.sql", sql) == {
        (3, "c_fe", "mg_fe as c_fe"), (3, "mg_fe", "c_fe"), (3, "*", "/"),
        (3, "2", "3"), (3, "-", "+"), (3, "1.46", repr(1.46 * 0.96)),
        (3, "1.46", repr(1.46 * 1.04)), (4, "not", ""), (4, "and", "or"),
        (4, "<", "<="), (4, "2", "3"),
    }  # fmt: skip


def test_names_of_a_kind_differ_in_one_part_and_are_called_alike():
    names = of_query("select k_fe_flag + ca_fe_flag + k_fe + a_j() + a_h() + a_k")
    assert {pair for pair in names if "+" not in pair} == {
        ("k_fe_flag", "ca_fe_flag"), ("ca_fe_flag", "k_fe_flag"), ("a_j", "a_h"),
        ("a_h", "a_j"),
    }  # fmt: skip


def test_faults_of_sql_are_joins_texts_branches_and_what_coalesce_takes():
    assert of_query("select 'a' as x, 'b' from t left join u on t.id = u.id") == {
        ("'a'", "'b'"), ("'b'", "'a'"), ("left", "inner"), ("=", "<>"),
    }  # fmt: skip
    assert of_query("select coalesce(a, f(b))") == {
        ("a, f(b)", "f(b), a"), (", f(b)", ""),
    }  # fmt: skip
    assert of_query("select case when a then b when c then d else e end") == {
        ("when a then b ", ""), ("when c then d ", ""), ("else e ", ""),
    }  # fmt: skip


def test_faults_of_python_are_those_of_what_runs():
    text = (
        '"""1 + 2"""\n'
        "def f(x: int = 3, *, é: bool = True) -> bool:\n"
        "    return not (x + 1 < 2.0 or x in (4,)) and é\n"
    )
    assert changed("f.py", text) == {
        (2, "3", "4"), (2, "True", "False"), (3, "not ", ""), (3, "+", "-"),
        (3, "1", "2"), (3, "<", "<="), (3, "2.0", "2.08"), (3, "or", "and"),
        (3, "in", "not in"), (3, "4", "5"), (3, "and", "or"),
    }  # fmt: skip


def test_what_only_tells_of_slips_has_no_faults():
    text = (
        "x = dict(zip(a, b, strict=True))\ny = f(a, nthread=1, wide=True)\n"
        'z = {"nthread": 1, "seed": 2, **x}\n'
    )
    assert changed("f.py", text) == {(2, "True", "False"), (3, "2", "3")}


def test_each_fault_leaves_the_rest_as_it_was():
    text = "a = 1\nb = a + 1 if a > 2 else é\n"
    for mutant in mutants_of("m.py", text):
        old, new = text.splitlines(), mutant.text.splitlines()
        assert [i for i in range(2) if old[i] != new[i]] == [mutant.line - 1]


def test_faults_known_to_be_none_are_there(repository):
    for file, line, becomes in known():
        text = (repository / file).read_text(encoding="utf-8")
        faults = {(m.code, m.becomes) for m in mutants_of(file, text)}
        assert (line, becomes) in faults, file
