"""Parts of a run are sealed as a whole, and read again as they were."""

import hashlib

import duckdb
import pytest

from stellarwh.errors import TaskError
from stellarwh.learning.runs.artefacts import (
    Artefact,
    json_artefact,
    read_artefacts,
    rebuild,
    seal,
)

PARTS = [
    json_artefact("", "scaling", {"b": [1.5, None], "a": "α"}),
    json_artefact("teff", "baseline", {"a": 1}),
    Artefact("teff", "value", "skops", b"\0\1\2"),
]


@pytest.fixture
def connection():
    with duckdb.connect() as opened:  # noqa: TID251 - a table of its own
        opened.execute("create schema ml")
        opened.execute(
            "create table ml.models (run_id varchar, target varchar, part varchar, "
            "format varchar, artefact blob, sha256 varchar)"
        )
        yield opened


def stored(connection, parts=PARTS, **changes) -> None:
    """Store parts of run r, the last one with some changes."""
    for part in parts:
        row = {
            "run_id": "r", "target": part.target, "part": part.part,
            "format": part.format, "artefact": part.data, "sha256": part.sha256,
        }  # fmt: skip
        if part.part == "value":
            row |= changes
        connection.execute(
            "insert into ml.models values (?, ?, ?, ?, ?, ?)", list(row.values())
        )


def test_a_part_has_a_hash_of_its_name_format_and_bytes():
    assert PARTS[2].sha256 == (
        hashlib.sha256(b"teff\0value\0skops\0" + b"\0\1\2").hexdigest()
    )
    assert PARTS[0].data == b'{"a": "\\u03b1", "b": [1.5, null]}'
    others = [
        Artefact("t", "effvalue", "skops", b"\0\1\2"),
        Artefact("teff", "value", "json", b"\0\1\2"),
        Artefact("teff", "value", "skops", b"\0\1\3"),
    ]
    assert len({part.sha256 for part in [PARTS[2], *others]}) == 4


def test_what_json_cannot_say_is_not_stored():
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_artefact("", "domain", {"a": float("nan")})


def test_a_seal_is_of_all_parts_in_any_order():
    assert seal(PARTS) == seal(PARTS[::-1])
    assert len({seal(PARTS), seal(PARTS[1:]), seal([*PARTS, PARTS[0]])}) == 3


def test_parts_are_read_as_they_were_stored(connection):
    stored(connection)
    found = read_artefacts(connection, "r", seal(PARTS))
    assert found == PARTS
    assert rebuild(found[:2], 3) == {
        ("", "scaling"): {"a": "α", "b": [1.5, None]}, ("teff", "baseline"): {"a": 1},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"artefact": b"\0\1\3"}, "teff value"),
        ({"target": "logg"}, "logg value"),
        ({"format": "json"}, "teff value"),
        # With a hash that fits it is the whole that does not.
        ({"artefact": b"x", "sha256": Artefact("teff", "value", "skops", b"x").sha256},
         "set of parts"),
    ],
)  # fmt: skip
def test_a_part_that_was_changed_is_not_used(connection, changes, part):
    stored(connection, **changes)
    message = rf"^The {part} stored for run r is not what training wrote"
    with pytest.raises(TaskError, match=message):
        read_artefacts(connection, "r", seal(PARTS))


@pytest.mark.parametrize("parts", [PARTS[1:], []])
def test_a_part_that_is_missing_is_noticed(connection, parts):
    stored(connection, parts)
    with pytest.raises(TaskError, match="The set of parts stored for run r is not"):
        read_artefacts(connection, "r", seal(PARTS))


def test_parts_of_another_run_are_not_read(connection):
    stored(connection)
    connection.execute(
        "insert into ml.models by name select * replace ('other' as run_id) "
        "from ml.models"
    )
    assert read_artefacts(connection, "r", seal(PARTS)) == PARTS
