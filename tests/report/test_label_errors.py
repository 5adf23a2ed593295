"""What a run's page says of the stated errors of its labels."""

import pytest

from stellarwh.report.pages.label_errors import label_error_sentences
from stellarwh.report.pages.metrics import correlation_sentence

METRICS = [
    {
        "target": "teff", "stratum_kind": "all", "folds": "blocked", "metric": metric,
        "n": 900, "value": value,
    }
    for metric, value in (("bare_coverage_68", 0.6), ("bare_coverage_90", 0.8543))
]  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "factor", "share", "said", "warns"),
    [
        ("overstated", 0.54, 1.61, "too large: 0.54 times", True),
        ("understated", 4.0, 0.03, "too wide for the true values", False),
        ("consistent", 1.1, 0.4, "agree with the held-out residuals", False),
        ("consistent", 1.0, 0.6, "more than half", True),
        ("untold", 0.7, 0.1, "used at 0.70 times", False),
        ("untold", 1.0, 0.1, "used as stated", False),
    ],
)
def test_the_page_says_which_of_the_two_holds(verdict, factor, share, said, warns):
    recorded = {
        "factor": factor, "used": min(factor, 1.0), "stated_share": share,
        "verdict": verdict,
    }  # fmt: skip
    ((words, warned),) = label_error_sentences({"teff": recorded}, METRICS)
    assert said in words
    assert "60.0 % and 85.4 % of the labels" in words.replace("\u202f", " ")
    assert warned is warns


def test_labels_without_errors_say_so():
    ((words, warned),) = label_error_sentences({}, METRICS)
    assert "state no errors" in words
    assert not warned


def test_correlation_of_neighbours_is_stated_with_what_chance_would_give():
    rows = [
        {
            "target": "teff", "stratum_kind": "all", "folds": "blocked",
            "metric": "border_correlation", "n": 40_000, "value": 0.0312,
        }
    ]  # fmt: skip
    words = correlation_sentence("teff", rows).replace("\u202f", " ")
    assert "neighbouring cells" in words
    assert "0.031 ± 0.005" in words
    assert correlation_sentence("logg", rows) == ""
