import re
from pathlib import Path

import pytest

from stellarwh.content import content_dir
from stellarwh.errors import SqlError
from stellarwh.surveys.known import staged_surveys
from stellarwh.warehouse.sql_files import (
    code_of,
    in_dependency_order,
    read_header,
    read_sql_file,
    read_sql_files,
)

VIEW = """-- One row per thing.
-- key: id
create or replace view staging.{name} as
select id from {source};
"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_header_gives_description_and_fields():
    description, fields = read_header(
        "-- One row per star:\n-- the best one.\n-- key: a, b\n-- stored: table\nselect"
    )
    assert description == "One row per star: the best one."
    assert fields == {"key": "a, b", "stored": "table"}


def test_code_has_neither_comments_nor_text():
    code = code_of("select 'main.stars' -- staging.galah\n/* raw.x */ from main.a")
    assert code.split() == ["select", "from", "main.a"]


def test_files_come_after_those_they_read(tmp_path):
    write(
        tmp_path / "marts/a.sql",
        VIEW.format(name="a", source="staging.b").replace("staging.a", "main.a"),
    )
    write(tmp_path / "staging/b.sql", VIEW.format(name="b", source="staging.c"))
    write(tmp_path / "staging/c.sql", VIEW.format(name="c", source="raw.x where f(id)"))
    write(tmp_path / "macros/f.sql", "-- f(x)\ncreate or replace macro f(x) as x > 0;")
    assert [file.name for file in read_sql_files(tmp_path)] == ["f", "c", "b", "a"]


def test_a_circle_is_named(tmp_path):
    files = [
        read_sql_file(
            write(tmp_path / f"{name}.sql", VIEW.format(name=name, source=source)),
            "staging",
        )
        for name, source in (("b", "staging.c"), ("c", "staging.b"))
    ]
    with pytest.raises(SqlError, match=r"circle: .*b.*c"):
        in_dependency_order(files)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("create or replace view staging.a as select 1;", "no header"),
        ("-- One row.\nselect 1;", "creates no view"),
        (VIEW.format(name="other", source="raw.x"), "must create staging.a"),
        ("-- One row.\ncreate or replace view staging.a as select 1;", "no '-- key"),
        (
            "-- One row.\n-- key: i\ncreate or replace table staging.a as select 1 i;",
            "stored: table",
        ),
    ],
)
def test_a_broken_contract_is_refused(tmp_path, text, found):
    path = write(tmp_path / "a.sql", text)
    with pytest.raises(SqlError, match=found):
        read_sql_file(path, "staging")


@pytest.mark.parametrize(
    ("name", "own"),
    [("all_surveys", "own_catalogues"), ("doubled_rows", "own_columns")],
)
def test_no_staged_survey_is_forgotten_where_all_of_them_are_read(name, own):
    sql = code_of(
        (content_dir("sql") / "staging" / f"{name}.sql").read_text(encoding="utf-8")
    )
    read = set(re.findall(r"from (?:raw|staging)\.(\w+)", sql))
    assert read == {*staged_surveys(), own}
