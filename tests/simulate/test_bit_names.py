"""Bit names of the simulator are those of the project's own list."""

import csv
from pathlib import Path

import pytest

from stellarwh.simulate import bits


@pytest.mark.parametrize(
    "word",
    [
        "STARFLAG",
        "ASPCAPFLAG",
        "PARAMFLAG",
        "EXTRATARG",
        "RV_FLAG",
        "APOGEE_TARGET1",
        "APOGEE2_TARGET1",
        "APOGEE2_TARGET2",
        "APOGEE2_TARGET3",
    ],
)
def test_bit_numbers_equal_the_flag_list(repository: Path, word: str) -> None:
    with (repository / "sql" / "flag_bits.csv").open(encoding="utf-8") as file:
        listed = {
            row["name"]: int(row["bit"])
            for row in csv.DictReader(file)
            if row["survey"] == "apogee" and row["flag"] == word
        }
    used: dict[str, int] = getattr(bits, word)
    assert used == {name: listed[name] for name in used}


def test_star_bad_bits_make_the_mask_of_the_pipeline() -> None:
    mask = bits.mask_of(*bits.STAR_BAD_BITS, bits.ASPCAPFLAG["STAR_BAD"])
    assert mask == 3_434_204_037_120
    warn = bits.mask_of(*bits.STAR_WARN_BITS, bits.ASPCAPFLAG["STAR_WARN"])
    assert warn == 536_887_171
