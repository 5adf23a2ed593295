"""Groups of labelled stars are those of the view, however many are asked at once."""

import numpy as np

from stellarwh.learning.tasks.strata import strata_of_stars


def test_strata_are_those_of_the_view(sky, monkeypatch):
    monkeypatch.setattr("stellarwh.learning.tasks.strata._BATCH", 70)
    ids = sky.execute("select star_id from main.stars order by 1").fetchnumpy()
    stars = np.asarray(ids["star_id"])[::3]
    found = strata_of_stars(sky, stars)
    rows = sky.execute("select stratum, star_id from main.star_strata").fetchall()
    expected = {(s, i) for s, i in rows if i in set(stars.tolist())}
    assert len({s for s, _ in expected}) > 6
    assert list(found) == sorted({s for s, _ in expected})
    assert {(s, i) for s, own in found.items() for i in stars[own].tolist()} == expected


def test_a_warehouse_without_the_view_has_no_strata(connection):
    assert strata_of_stars(connection, np.arange(10)) == {}
