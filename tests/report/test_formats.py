import math

import pytest

from stellarwh.report import formats


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (12345.678, 1, "12,345.7"),
        (-0.031, 3, "−0.031"),
        (-0.0001, 2, "0.00"),
        (None, 2, "–"),
        (math.nan, 2, "–"),
        (math.inf, 2, "–"),
    ],
)
def test_writes_numbers_with_a_true_minus_and_no_negative_zero(
    value: float | None, digits: int, text: str
) -> None:
    assert formats.number(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.031, "+0.03"), (-0.031, "−0.03"), (0.001, "0.00")]
)
def test_signs_what_is_not_zero_after_rounding(value: float, text: str) -> None:
    assert formats.signed(value, 2) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (1, 8, "12.5 %"),
        (1, 100000, "< 0.1 %"),
        (0, 5, "0.0 %"),
        (1, 0, "–"),
        (None, 5, "–"),
    ],
)
def test_writes_shares_without_pretending_that_few_are_none(
    part: float | None, whole: float, text: str
) -> None:
    assert formats.percent(part, whole).replace("\u202f", " ") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0123456, "0.0123"), (79.44, "79.4"), (1234.5, "1,234"), (0, "0")],
)
def test_keeps_three_significant_figures(value: float, text: str) -> None:
    assert formats.significant(value) == text


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [(999, "999 B"), (1500, "1.5 kB"), (3.2e9, "3.2 GB"), (2e12, "2.00 TB")],
)
def test_writes_sizes_in_decimal_units(n_bytes: float, text: str) -> None:
    assert formats.size(n_bytes) == text


def test_counts_one_star_and_two_stars() -> None:
    assert formats.plural(1, "star") == "1 star"
    assert formats.plural(2000, "star") == "2,000 stars"
