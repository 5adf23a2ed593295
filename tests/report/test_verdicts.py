import matplotlib as mpl
import numpy as np
import pytest

from stellarwh.report.charts.bias import BiasBin, draw_bias, n_beyond
from stellarwh.report.palette import STYLE
from stellarwh.report.verdicts import Covered, bias_light, coverage_light


def bin_of(share: float, n: int = 10_000, *, by_label: bool = False) -> BiasBin:
    return BiasBin("teff", by_label, 4000.0, 4500.0, n, share * 50, 50.0, share)


@pytest.mark.parametrize(
    ("bins", "kind", "words"),
    [
        ([], "none", "no bin has 500 stars"),
        ([bin_of(0.9, 499)], "none", "no bin has 500 stars"),
        ([bin_of(0.9, by_label=True)], "none", "no bin has 500 stars"),
        ([bin_of(0.09), bin_of(0.02)], "good", "none of 2 bins is off; worst 9.0"),
        ([bin_of(-0.2), bin_of(0.02)], "fair", "1 of 2 bins are off; worst 20.0"),
        ([bin_of(-0.3), bin_of(0.02)], "bad", "1 of 2 bins are off; worst 30.0"),
        # Three errors of the median of 500 stars are 3 sqrt(pi / 1000) = 16.8 %.
        ([bin_of(0.16, 500)], "good", "none of 1 bins"),
        ([bin_of(0.17, 500)], "fair", "1 of 1 bins"),
    ],
)
def test_bias_has_a_light(bins: list[BiasBin], kind: str, words: str) -> None:
    light = bias_light(bins)
    assert light.kind == kind
    assert light.words.startswith(words)


@pytest.mark.parametrize(
    ("found", "n", "kind"),
    [
        (0.60, 499, "none"),
        (0.66, 100_000, "good"),
        (0.64, 100_000, "fair"),
        (0.61, 100_000, "bad"),
        # Three errors of a share of 500 stars are 3 sqrt(0.68 x 0.32 / 500) = 6.3 %.
        (0.62, 500, "good"),
        (0.61, 500, "bad"),
    ],
)
def test_coverage_has_a_light(found: float, n: int, kind: str) -> None:
    light = coverage_light([Covered("giants", n, 0.68, found)])
    assert light.kind == kind
    if kind != "none":
        assert f"farthest from 68 %: {100 * found:.1f}" in light.words
        assert light.words.endswith("of giants")


def test_sets_that_hold_more_than_promised_are_no_fault() -> None:
    assert (
        coverage_light([Covered("K", 10**5, 0.9, 0.97, at_least=True)]).kind == "good"
    )
    assert coverage_light([Covered("K", 10**5, 0.9, 0.97)]).kind == "bad"
    assert coverage_light([Covered("K", 10**5, 0.9, 0.83, at_least=True)]).kind == "bad"


def test_a_verdict_has_a_word_beside_its_colour() -> None:
    kinds = ["none", "good", "fair", "bad"]
    shares = [0.0, 0.66, 0.64, 0.6]
    titles = [
        coverage_light([Covered("all", 0 if s == 0 else 10**6, 0.68, s)]).title
        for s in shares
    ]
    assert titles == ["untold", "good", "look", "bad"]
    assert len(set(titles)) == len(kinds)


def test_bins_off_the_scale_are_arrows_with_their_values() -> None:
    bins = [bin_of(0.02), bin_of(-0.85), bin_of(1.34, 20)]
    assert n_beyond(bins) == 2
    with mpl.rc_context(STYLE):
        drawing = draw_bias("bias-teff", "Teff", bins, "Bias of Teff in bins.")
        inside = draw_bias("bias-teff", "Teff", bins[:1], "Bias of Teff in bins.")
    assert drawing is not None
    assert inside is not None
    for value in ("−85 %", "+134 %"):
        assert value in drawing.svg
    assert "+2 %" not in inside.svg


def test_shares_of_chance_are_those_of_the_binomial_law() -> None:
    rng = np.random.default_rng(1)
    draws = rng.binomial(2000, 0.68, 4000) / 2000
    off = [Covered("all", 2000, 0.68, float(share)).is_off for share in draws]
    assert np.mean(off) < 0.01
