"""Which survey's scale it is, and over which surveys others come to it."""

import numpy as np
import pytest

from stellarwh.errors import UsageError
from stellarwh.scales.order import chains, choose_reference, references_of
from stellarwh.scales.sample import Sample


def sample(**seen):
    """Return a sample of surveys that measured the Teff of ranges of stars."""
    n = 1000
    values = {}
    for survey, (first, last) in seen.items():
        values[survey, "teff"] = np.full(n, np.nan)
        values[survey, "teff"][first:last] = 5000.0
    return Sample(
        np.arange(n), np.zeros(n, int), tuple(sorted(seen)), ("teff",), values,
        {key: np.ones(n) for key in values}, {s: np.full(n, 50.0) for s in seen},
    )  # fmt: skip


def test_apogee_is_the_usual_reference():
    found = choose_reference(sample(galah=(0, 9)), ["apogee", "galah"], None)
    assert found == ("apogee", "usual")


def test_without_apogee_it_is_the_one_that_shares_the_most():
    seen = sample(galah=(0, 300), lamost=(200, 900), mine=(600, 900))
    found = choose_reference(seen, ["galah", "lamost", "mine"], None)
    assert found == ("lamost", "most shared stars")


def test_a_survey_without_stars_is_refused_with_a_hint():
    with pytest.raises(UsageError, match=r"no stars of a survey 'galha'.*'galah'"):
        choose_reference(sample(galah=(0, 9)), ["apogee", "galah"], "galha")


def test_a_survey_that_is_asked_for_is_taken():
    found = choose_reference(sample(galah=(0, 9)), ["apogee", "galah"], "galah")
    assert found == ("galah", "asked for")


def test_those_with_a_hundred_common_stars_are_fitted_directly():
    seen = sample(apogee=(0, 500), galah=(400, 1000), lamost=(300, 990))
    # LAMOST shares 200 stars with APOGEE, and 590 with GALAH, which shares 100.
    assert chains(seen, "teff", "apogee") == [("lamost", "apogee"), ("galah", "apogee")]


def test_those_with_fewer_come_over_another():
    seen = sample(apogee=(0, 500), galah=(401, 1000), lamost=(300, 990))
    assert chains(seen, "teff", "apogee") == [("lamost", "apogee"), ("galah", "lamost")]


def test_below_twenty_common_stars_there_is_no_way():
    assert chains(sample(a=(0, 20), b=(0, 500)), "teff", "a") == [("b", "a")]
    assert chains(sample(a=(0, 19), b=(0, 500)), "teff", "a") == []


def test_a_quantity_that_the_reference_lacks_has_one_of_its_own():
    seen = sample(a=(0, 100), b=(0, 500), c=(400, 900))
    del seen.values["a", "teff"]
    assert references_of(seen, "teff", "a") in ("b", "c")
    assert references_of(seen, "teff", "b") == "b"
    assert references_of(seen, "mg_fe", "b") is None
