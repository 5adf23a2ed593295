"""Groups of labelled stars are those of the view, however many are asked at once."""

import numpy as np
import pytest

from stellarwh.errors import TaskError
from stellarwh.learning.tasks.strata import known_strata, strata_of_stars
from stellarwh.learning.tasks.stratum import Stratum


def test_strata_are_those_of_the_view(sky, monkeypatch):
    monkeypatch.setattr("stellarwh.learning.tasks.strata._BATCH", 70)
    ids = sky.execute("select star_id from main.stars order by 1").fetchnumpy()
    stars = np.asarray(ids["star_id"])[::3]
    known = known_strata(sky)
    found = strata_of_stars(sky, stars, known)
    rows = sky.execute("select stratum, star_id from main.star_strata").fetchall()
    expected = {(s, i) for s, i in rows if i in set(stars.tolist())}
    assert len({s for s, _ in expected}) > 6
    assert list(found) == [known[s] for s in sorted({s for s, _ in expected})]
    assert {
        (s.name, i) for s, own in found.items() for i in stars[own].tolist()
    } == expected


def test_a_warehouse_without_the_view_has_no_strata(connection):
    assert known_strata(connection) == {}
    assert strata_of_stars(connection, np.arange(10), {}) == {}


def test_strata_are_described_by_the_view(sky):
    known = known_strata(sky)
    assert known["giant, snr<50"] == Stratum(
        "giant, snr<50", "group", "giant", "snr", None, -np.inf, 50.0
    )
    assert known["dwarf"] == Stratum("dwarf", "group", "dwarf")
    assert known["snr 200 to inf"] == Stratum(
        "snr 200 to inf", "bin", None, "snr", None, 200.0, np.inf
    )
    assert len(known) == 13


def test_views_of_an_earlier_build_are_told_before_anything_is_fitted(connection):
    connection.execute(
        "create view main.star_strata as select 1 as star_id, 'giant' as stratum"
    )
    with pytest.raises(TaskError, match=r"no main\.strata.* Run 'stellarwh build'"):
        known_strata(connection)
