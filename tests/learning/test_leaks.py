"""The search for labels that are a function of features finds the planted ones."""

import numpy as np
import pytest
from leaks import leaks_of
from views import make_view, toy

from stellarwh.content import content_dir

RULE = {"luminosity_class": ["luminosity_class({p}teff, {p}logg)"]}
N = 2000


def stars() -> dict[str, object]:
    """Return Teff and log g on a giant branch and a main sequence, with two labels."""
    rng = np.random.default_rng(4)
    is_giant = rng.random(N) < 0.5
    teff = np.where(is_giant, rng.uniform(3800, 5200, N), rng.uniform(4500, 7000, N))
    logg = np.where(is_giant, rng.uniform(0.3, 3.6, N), rng.uniform(3.6, 4.7, N))
    return {
        "star_id": np.arange(N),
        "healpix_group": rng.integers(0, 40, N),
        "teff": teff,
        "logg": logg,
    }


@pytest.fixture
def connected(connection):
    for macro in ("evolutionary_state", "luminosity_class"):
        connection.execute((content_dir("sql") / f"macros/{macro}.sql").read_text())
    return connection


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("a copy", lambda y: y),
        ("another unit", lambda y: 1000 * y + 3),
        ("a bent scale", lambda y: np.exp(3 * y)),
        ("rounded", lambda y: np.round(y, 2)),
        ("a copy for some", lambda y: np.where(np.arange(len(y)) % 5 == 0, y, np.nan)),
    ],
)
def test_a_feature_made_from_the_label_is_found(connected, name, made):
    columns = toy(N)
    y = np.asarray(columns["label_y"])
    planted = [None if np.isnan(v) else float(v) for v in made(y)]
    make_view(
        connected, "mine", columns | {"planted": planted, "label_y_err": [0.05] * N}
    )
    assert leaks_of(connected, "mine", {}) == ["y: planted"]


def test_a_measurement_of_the_same_star_is_no_leak(connected):
    columns = toy(N)
    noise = np.random.default_rng(5).normal(0, 0.05, N)
    columns |= {"other": columns["label_y"] + noise, "label_y_err": [0.05] * N}
    make_view(connected, "mine", columns)
    assert leaks_of(connected, "mine", {}) == []


@pytest.mark.parametrize("prefix", ["", "galah_"])
def test_a_class_made_by_its_rule_from_two_features_is_found(connected, prefix):
    columns = stars()
    make_view(connected, "mine", columns | {"label_x": ["a", "b"] * (N // 2)})
    classes = connected.execute(
        "select luminosity_class(teff, logg) from raw.mine order by star_id"
    ).fetchall()
    label = {"label_luminosity_class": [row[0] for row in classes]}
    named = {f"{prefix}{c}": columns.pop(c) for c in ("teff", "logg")}
    make_view(connected, "mine", columns | named | label)
    # Neither feature alone gives the class: log g does not know where giants end.
    assert leaks_of(connected, "mine", {}) == []
    (found,) = leaks_of(connected, "mine", RULE)
    assert found.endswith(f"luminosity_class({prefix}teff, {prefix}logg)")


def test_the_rule_over_what_another_survey_measured_is_no_leak(connected):
    columns = stars()
    make_view(connected, "mine", columns | {"label_x": ["a", "b"] * (N // 2)})
    classes = connected.execute(
        "select luminosity_class(teff, logg) from raw.mine order by star_id"
    ).fetchall()
    rng = np.random.default_rng(6)
    columns["teff"] = columns["teff"] + rng.normal(0, 100, N)
    columns["logg"] = columns["logg"] + rng.normal(0, 0.1, N)
    label = {"label_luminosity_class": [row[0] for row in classes]}
    make_view(connected, "mine", columns | label)
    assert leaks_of(connected, "mine", RULE) == []
