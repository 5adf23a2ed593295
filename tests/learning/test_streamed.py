"""Rows of a task as they come, batch by batch."""

import numpy as np
import polars as pl
import pytest
from views import make_view, toy

from stellarwh.errors import TaskError
from stellarwh.learning.tasks.streamed import by_star, has_label, streamed
from stellarwh.learning.tasks.task import read_task


@pytest.mark.parametrize("rows", [2048, 10_000])
def test_batches_hold_every_row_once(connection, rows):
    columns = toy(5000)
    make_view(connection, "mine", columns)
    task = read_task(connection, "mine")
    frames = list(streamed(connection, task, rows))
    assert [len(frame) for frame in frames] == (
        [2048, 2048, 904] if rows == 2048 else [5000]
    )
    whole = pl.concat(frames).sort("star_id")
    assert whole.columns == ["star_id", "healpix_group", "a", "b", "label_y"]
    expected = pl.DataFrame(columns).select(whole.columns)
    assert whole.to_dict(as_series=False) == expected.to_dict(as_series=False)


def test_a_view_without_rows_has_no_batch_and_no_fault(connection):
    make_view(connection, "mine", toy(10))
    connection.execute("delete from raw.mine")
    assert list(streamed(connection, read_task(connection, "mine"), 100)) == []


@pytest.mark.parametrize(
    ("stars", "said"),
    [
        ([1, 2, None, 4, None], "2 rows without star_id; leave them out of it"),
        ([1, 2, 1, 4, 1], "2 rows whose star_id stands in another row too"),
    ],
)
def test_stars_missing_or_doubled_are_told_after_the_last_batch(
    connection, stars, said
):
    make_view(connection, "mine", toy(5) | {"star_id": stars})
    rows = streamed(connection, read_task(connection, "mine"), 100)
    first = next(rows)["star_id"].to_list()
    assert first == [star for star in stars if star is not None]
    with pytest.raises(TaskError, match=said):
        next(rows)


def test_a_value_that_is_none_is_told_before_its_batch(connection):
    make_view(connection, "mine", toy(5) | {"a": [1.0, float("inf"), 2.0, 3.0, 4.0]})
    with pytest.raises(TaskError, match="infinite in 1 rows"):
        next(streamed(connection, read_task(connection, "mine"), 100))


def test_what_the_view_cannot_give_is_told_in_one_line(connection):
    make_view(connection, "mine", toy(5))
    connection.execute(
        "create or replace view features.mine as select * replace "
        "(case when star_id = 20 then error('no such star') else a end as a) "
        "from raw.mine"
    )
    with pytest.raises(TaskError, match=r"features\.mine cannot be read") as raised:
        list(streamed(connection, read_task(connection, "mine"), 100))
    assert "\n" not in str(raised.value)


def test_a_row_is_labelled_that_has_any_label(connection):
    labels = {"label_y": [1.0, None, None, 4.0], "label_z": ["g", "k", None, None]}
    make_view(connection, "mine", toy(4) | labels)
    task = read_task(connection, "mine")
    (frame,) = streamed(connection, task, 100)
    found = dict(zip(frame["star_id"], has_label(frame, task), strict=True))
    assert found == {11: True, 14: True, 17: False, 20: True}


def test_frames_are_put_in_the_order_of_their_stars_and_emptied():
    rng = np.random.default_rng(0)
    stars = rng.permutation(900)
    whole = pl.DataFrame(
        {"star_id": stars, "x": 2.0 * stars, "name": stars.astype(str)}
    )
    frames = [whole[:300].clone(), whole[300:310].clone(), whole[310:].clone()]
    assert by_star(frames).equals(whole.sort("star_id"))
    assert [frame.width for frame in frames] == [0, 0, 0]
    assert by_star([]).is_empty()
