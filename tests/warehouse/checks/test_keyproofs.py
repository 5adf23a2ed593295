"""What is proved of keys is true of the rows, and what is not true is not proved."""

import duckdb
import pytest

from stellarwh.warehouse.assertions import Assertion
from stellarwh.warehouse.keys.proofs import proofs
from stellarwh.warehouse.sql_files import SqlFile

TABLES = """
create table main.l (id varchar, part varchar, n integer, ref varchar);
insert into main.l values ('a', 'p', 1, 'x'), ('a', 'q', 2, 'x'), ('b', 'p', 2, 'y'),
    (null, 'p', 3, null), (null, 'q', 3, 'x');
create table main.r (id varchar, part varchar, m integer, w double);
insert into main.r values ('x', 'p', 1, 1), ('x', 'q', 2, 1), ('y', 'p', 3, 2),
    (null, 'p', 3, 3);
create table main.wide (id bigint);
insert into main.wide values (9007199254740992), (9007199254740993);
create table main.doubles (id double);
insert into main.doubles values (9007199254740992);
create table main.listed (id integer, items integer[]);
insert into main.listed values (1, [1, 2]), (2, []);
create table main.mixed (id varchar, part varchar, n integer, is_main boolean);
insert into main.mixed values ('a', 'p', 1, true), ('a', 'q', 2, true),
    ('a', 'p', 3, false), ('a', 'p', 4, false), (null, 'p', 5, true),
    (null, 'p', 6, true), ('a', 'p', 7, null);
create table main.texts (id varchar);
insert into main.texts values ('1'), ('01');
create macro several(x) as unnest(x);
"""
KEYS = {
    "l": ("id", "part"),
    "r": ("id", "part"),
    "wide": ("id",),
    "doubles": ("id",),
    "listed": ("id",),
    "texts": ("id",),
}
PROVED = [
    ("select * from main.l where n > 1", "id, part", "l"),
    ("select part, id as name from main.l", "name, part", "l"),
    ("select id, part, count(*) as n from main.r group by part, id", "id, part", ""),
    ("select id, max(part) as part, count(*) as n from main.l group by all", "id", ""),
    ("select distinct id, n from main.l", "id, n", ""),
    ("select id, part from main.l union select id, part from main.r", "id, part", ""),
    (
        "select l.* from main.l left join main.r on l.ref = r.id and l.part = r.part",
        "id, part",
        "l r",
    ),
    (
        "with p as (select * from main.r where part = 'p') "
        "select l.id, l.part, p.m from main.l left join p on l.ref = p.id",
        "id, part",
        "l r",
    ),
    ("select id from main.l where part = 'p'", "id", "l"),
    (
        "with c as (select id, part, case when n > 1 then ref end as other, "
        "coalesce(part, 'p') as place from main.l) select c.id, c.part from c "
        "left join main.r on c.other = r.id and c.place = r.part",
        "id, part",
        "l r",
    ),
    ("select l.id, r.part from main.l join main.r using (id, part)", "id, part", "l r"),
    ("select * from main.l anti join main.r on l.ref = r.id", "id, part", "l"),
    (
        "select l.id, l.part, r.id as rid, r.part as rpart from main.l, main.r",
        "id, part, rid, rpart",
        "l r",
    ),
    (
        "select * from main.l qualify row_number() over (partition by id order by n) "
        "= 1",
        "id",
        "",
    ),
    (
        "with c as (select id, max(part) as part, max(ref) as ref from main.l "
        "group by id) select id, unnest(list_distinct([part, ref])) as item from c",
        "id, item",
        "",
    ),
]
# What a check looks at: rows of main.mixed that are main's are one of each id and part.
SOME = (
    "select id, part, count(*) as n from main.mixed where is_main and id is not null "
)
SOME += "group by id, part having count(*) > 1"
CLAIMED = [
    ("select * from main.mixed where n > 1 and id is not null and is_main", "id, part"),
    (
        "select id from mixed as s where s.id is not null and is_main and part = 'p'",
        "id",
    ),
    (
        "with p as (select * from main.mixed where is_main and id is not null) "
        "select l.id, l.part from main.l left join p on l.ref = p.id and p.part = 'p'",
        "id, part",
    ),
]
NOT_CLAIMED = [
    ("select * from main.mixed where is_main", "id, part"),
    ("select * from main.mixed where not is_main and id is not null", "id, part"),
    (
        "select * from main.mixed where (is_main and id is not null) or n > 1",
        "id, part",
    ),
    ("select * from main.mixed where is_main and id is not null", "id"),
    ("select * from main.mixed as s(part, id) where is_main and id is not null", "id"),
    (
        "with mixed as (select id, 'p' as part, is_main from main.mixed) "
        "select id, part from mixed where is_main and id is not null",
        "id, part",
    ),
]
NOT_TRUE = [
    ("select * from main.l", "id"),
    ("select l.* from main.l left join main.r on l.ref = r.id", "id, part"),
    ("select l.* from main.l join main.r on l.ref = r.id or l.n = r.m", "id, part"),
    ("select l.id, l.part from main.l full join main.r on l.ref = r.id", "id, part"),
    ("select l.id, l.part from main.l right join main.r on l.id = r.id", "id, part"),
    ("select lower(id) as id, count(*) as c from main.l group by id, part", "id"),
    ("select upper(part) as id, 1 as c from main.l group by l.id, part", "id"),
    ("select left(part, 0) as part, max(n) as n from main.l group by part", "part"),
    ("select id, count(*) as c from main.l group by rollup (id), part", "id"),
    ("select id, count(*) as c from main.l group by grouping sets (id, ())", "id"),
    ("select distinct on (n) id, n from main.l", "id"),
    ("select id from main.l union all select id from main.l", "id"),
    ("select id, part from main.l union all select id, part from main.l", "id, part"),
    ("select id, unnest(items) as item from main.listed", "id"),
    ("select id, several(items) as item from main.listed", "id"),
    ("select id, unnest(items) as i from main.listed group by id, items", "id"),
    (
        "with c as (select id, [1, 1] as items from main.listed) "
        "select id, unnest(items) as i from c",
        "id, i",
    ),
    ("select id, unnest(list_distinct(items)) as i from main.listed", "id"),
    (
        "select id, unnest(list_distinct([1, 2])) as i, unnest([1, 2, 3, 4]) as j "
        "from main.listed",
        "id, i",
    ),
    ("select l.id, i from main.listed as l, unnest(l.items) as t(i)", "id"),
    ("select id, i from main.listed, lateral (select unnest(items) as i)", "id"),
    # Compared as doubles, two of these are alike.
    (
        "select d.id from main.doubles as d left join main.wide as w on d.id = w.id",
        "id",
    ),
    ("select t.id::integer as id from main.texts as t", "id"),
    ("with t as (select 1 as one from main.texts where id = 1) from t", "one"),
    ("with l as (select id, part from main.r) select id from l", "id"),
    ("select id as part, part as id from main.l where part = 'p'", "id"),
    ("select * from main.l qualify row_number() over (partition by id) = 2", "part"),
    ("select * from main.l qualify row_number() over (partition by n) <= 2", "n"),
    ("select * from main.l qualify rank() over (partition by n order by 1) = 1", "n"),
    (
        "select * from main.l qualify row_number() over (partition by id) = 1 "
        "or row_number() over (partition by part) = 1",
        "id",
    ),
]


@pytest.fixture
def connection():
    with duckdb.connect() as opened:  # noqa: TID251 - tables of its own
        opened.execute(TABLES)
        yield opened


def _file(path, name, kind, key):
    keys = tuple(column.strip() for column in key.split(","))
    return SqlFile(
        path=path / f"{name}.sql", schema="main", name=name, kind=kind, sql="",
        description="", key=keys, defines=frozenset(), is_incremental=False,
        survey=None,
    )  # fmt: skip


def _proofs(connection, path, sql, key):
    connection.execute(f"create view main.seen as {sql}")
    files = [_file(path, n, "table", ", ".join(k)) for n, k in KEYS.items()]
    return proofs(connection, [*files, _file(path, "seen", "view", key)])


def _doubled(connection, table, key):
    (n,) = connection.execute(
        f"select count(*) from (select {key} from main.{table} "
        "group by all having count(*) > 1)"
    ).fetchone()
    return n


@pytest.mark.parametrize(("sql", "key", "needs"), PROVED)
def test_what_follows_from_the_sql_is_proved(connection, tmp_path, sql, key, needs):
    found = _proofs(connection, tmp_path, sql, key)
    assert found == {"main.seen": frozenset(f"main.{n}" for n in needs.split())}
    assert not _doubled(connection, "seen", key)


@pytest.mark.parametrize(("sql", "key"), NOT_TRUE)
def test_what_the_rows_gainsay_is_never_proved(connection, tmp_path, sql, key):
    assert not any(_doubled(connection, t, ", ".join(k)) for t, k in KEYS.items())
    found = _proofs(connection, tmp_path, sql, key)
    assert _doubled(connection, "seen", key)
    assert found == {}


def _of_some(connection, path, sql, key, check=SOME):
    connection.execute(f"create view main.seen as {sql}")
    files = [_file(path, "l", "table", "id, part"), _file(path, "seen", "view", key)]
    checks = [Assertion("some_are_one", "", "fail", f"-- Said.\n{check};\n", path)]
    return proofs(connection, files, checks)


@pytest.mark.parametrize(("sql", "key"), CLAIMED)
def test_what_a_check_looks_at_is_a_key_where_its_condition_holds(
    connection, tmp_path, sql, key
):
    assert not connection.execute(SOME).fetchall()
    found = _of_some(connection, tmp_path, sql, key)
    assert "some_are_one" in found["main.seen"]
    assert not _doubled(connection, "seen", key)


@pytest.mark.parametrize(("sql", "key"), NOT_CLAIMED)
def test_a_check_says_nothing_of_other_rows(connection, tmp_path, sql, key):
    assert _of_some(connection, tmp_path, sql, key) == {}
    assert _doubled(connection, "seen", key)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("> 1", "> 2"),
        ("> 1", ">= 1"),
        ("count(*) > 1", "count(n) > 1"),
        ("count(*) > 1", "count(*) filter (where n > 1) > 1"),
        ("having", "having n > 1 and"),
        ("> 1", "> 1 limit 0"),
        ("by id, part", "by id, part, n"),
        ("select id,", "select n as id,"),
        ("from main.mixed", "from main.mixed join main.wide using (id)"),
        ("from main.mixed", "from main.mixed tablesample 50%"),
        ("is_main and", "is_main and random() > 0.5 and"),
    ],
)
def test_a_check_of_anything_else_is_of_no_key(connection, tmp_path, old, new):
    sql, key = CLAIMED[0]
    assert old in SOME
    other = SOME.replace(old, new)
    assert _of_some(connection, tmp_path, sql, key, other) == {}


def test_columns_that_a_view_renames_are_not_taken_for_their_own(connection, tmp_path):
    connection.execute("create view main.seen (part, id) as select id, part from l")
    files = [_file(tmp_path, "l", "table", "id, part")]
    found = proofs(connection, [*files, _file(tmp_path, "seen", "view", "part")])
    assert found == {}
