"""Stars whose values are unlike any neighbour's, of places drawn here."""

import numpy as np
import pytest

from stellarwh.scales import neighbours
from stellarwh.scales.neighbours import Places, find_unlike

ERRS = np.array([50.0, 0.1, 0.05, 0.03])


def drawn(n=1500, n_rare=60, seed=1):
    """Return a crowd along a sequence, and a kind that is rare and spread out."""
    rng = np.random.default_rng(seed)
    along = rng.uniform(0, 1, n)
    crowd = np.column_stack(
        [4200 + 1800 * along, 1.5 + 2.5 * along, np.full(n, -0.2), np.full(n, 0.05)]
    ) + rng.normal(0, 1, (n, 4)) * [60, 0.1, 0.15, 0.04]
    rare = np.array([4800, 2.0, -2.2, 0.35]) + rng.normal(0, 1, (n_rare, 4)) * [
        250, 0.4, 0.35, 0.08
    ]  # fmt: skip
    values = np.vstack([crowd, rare])
    return values, np.tile(ERRS, (len(values), 1))


def places(values, errs):
    return Places(np.arange(1, len(values) + 1), values, errs)


def with_one(value, err=ERRS):
    """Return places of which the last is this one; its number is that of stars."""
    values, errs = drawn()
    return places(np.vstack([values, value]), np.vstack([errs, err]))


def found(of):
    return {row["star_id"]: row for row in find_unlike(of).to_dicts()}


def test_a_rare_kind_is_left_alone():
    """Its stars lie ten times further from each other than those of the crowd."""
    values, errs = drawn()
    assert found(places(values, errs)).keys() <= set(range(1, 1501))
    assert len(found(places(values, errs))) < 8


def test_a_star_apart_is_found_with_what_fits_least():
    """At 5000 K and 2.6 the crowd has 0.05."""
    of = with_one([5000.0, 2.6, -0.2, 0.6])
    row = found(of)[len(of.stars)]
    assert row["quantity"] == "alpha_fe"
    assert row["quantities"] == ["teff", "logg", "fe_h", "alpha_fe"]
    assert (row["value"], row["err"]) == (0.6, 0.03)
    assert row["usual_value"] == pytest.approx(0.05, abs=0.02)
    assert row["local_outlier_factor"] > 3
    # From the highest of the crowd, 3.5 x 0.04 above its mean.
    assert 10 < row["nearest_sigma"] < 18


def test_distances_and_factors_are_those_of_brute_force():
    """Definitions of Breunig et al. (2000), by all distances."""
    of = with_one([5000.0, 2.6, -0.2, 0.6])
    scaled = of.values / ERRS
    apart = np.sqrt(((scaled[:, None] - scaled[None]) ** 2).sum(axis=2))
    np.fill_diagonal(apart, np.inf)
    factors = []
    for count in (10, 40):
        near = np.argsort(apart, axis=1)[:, :count]
        lengths = np.take_along_axis(apart, near, axis=1)
        reach = np.maximum(lengths, lengths[:, -1][near])
        density = 1 / reach.mean(axis=1)
        factors.append((density[near] / density[:, None]).mean(axis=1))
    factor = np.min(factors, axis=0)
    rows = found(of)
    for star, row in rows.items():
        assert row["local_outlier_factor"] == pytest.approx(factor[star - 1], rel=1e-6)
        assert row["nearest_sigma"] == pytest.approx(lengths[star - 1, 0], rel=1e-9)
    is_found = (factor > 1.7) & (lengths[:, 0] > 3)
    assert rows.keys() == set((np.flatnonzero(is_found) + 1).tolist())


@pytest.mark.parametrize("seed", range(3))
def test_whoever_has_another_within_its_errors_is_none_of_them(seed):
    """By all distances in own errors, which differ by a factor of twelve."""
    values, _ = drawn(seed=seed)
    rng = np.random.default_rng(seed)
    errs = ERRS * np.exp(rng.uniform(-1.2, 1.2, (len(values), 1)))
    unit = np.median(errs, axis=0)
    scaled, own = values / unit, np.arange(len(values))
    off = (values[:, None] - values[None]) / errs[:, None]
    apart = np.sqrt((off**2).sum(axis=2))
    np.fill_diagonal(apart, np.inf)
    alone = neighbours._is_alone(scaled, errs / unit, own)
    is_far = apart.min(axis=1) > 3
    assert is_far.sum() > 20
    assert alone[is_far].all()
    # Of so few stars half of the rest are known to be; of millions nearly all.
    assert alone[~is_far].mean() < 0.6


def test_own_errors_excuse_a_star():
    of = with_one([5000.0, 2.6, -0.2, 0.6], ERRS * [1, 1, 1, 6])
    assert len(of.stars) not in found(of)


def test_a_star_without_a_quantity_is_compared_in_the_rest():
    of = with_one([7500.0, 1.8, -0.2, np.nan], [*ERRS[:3], np.nan])
    row = found(of)[len(of.stars)]
    assert row["quantities"] == ["teff", "logg", "fe_h"]
    assert row["quantity"] in {"teff", "logg"}
    with_less = with_one([7500.0, np.nan, -0.2, np.nan])
    assert len(with_less.stars) not in found(with_less)


def test_an_error_that_is_not_known_is_that_of_the_others():
    of = with_one([5000.0, 2.6, -0.2, 0.6], [*ERRS[:3], np.nan])
    row = found(of)[len(of.stars)]
    assert row["err"] is None
    assert row["quantity"] == "alpha_fe"
    values, errs = drawn()
    assert len(find_unlike(places(values, np.full_like(errs, np.nan)))) == 0


def test_too_few_stars_tell_nothing():
    of = with_one([5000.0, 2.6, -0.2, 0.6])
    few = Places(of.stars[-399:], of.values[-399:], of.errs[-399:])
    enough = Places(of.stars[-400:], of.values[-400:], of.errs[-400:])
    assert len(find_unlike(few)) == 0
    assert len(of.stars) in found(enough)


def test_of_many_stars_some_are_drawn_and_all_are_judged(monkeypatch):
    of = with_one([5000.0, 2.6, -0.2, 0.6])
    monkeypatch.setattr(neighbours, "MOST", 800)
    monkeypatch.setattr(neighbours, "_CHUNK", 100)
    by_seed = [found_ids(find_unlike(of, seed)) for seed in range(4)]
    assert all(len(of.stars) in ids for ids in by_seed)
    assert by_seed[0] == found_ids(find_unlike(of, 0))
    assert len({frozenset(ids) for ids in by_seed}) > 1


def found_ids(frame):
    return set(frame["star_id"].to_list())
