"""Header cards mean what astropy reads them to mean."""

import warnings

import pytest
from astropy.io import fits
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from stellarwh.catalogues.fits.cards import CARD, BrokenCardError, read_cards

# What headers are made of, so that most random cards are nearly right.
PIECES = st.one_of(
    st.sampled_from("'/&TFeE+-(,)=1.0 D"),
    st.sampled_from((" ", "= ", "007", ".5", "E+3", "D-2", "abc", "&'", "' /")),
)
STARTS = st.sampled_from(
    ("TTYPE1  = ", "TTYPE2= ", "ttype3  = ", "TCOMM1  = ", "COMMENT ")
)
CARDS = st.builds(
    lambda start, pieces: (start + "".join(pieces))[:CARD].ljust(CARD),
    STARTS,
    st.lists(PIECES, max_size=12),
)


def in_blocks(*cards):
    return "".join(card.ljust(CARD) for card in (*cards, "END")).encode("latin-1")


def by_astropy(header: bytes) -> dict:
    """Return what astropy makes of every keyword that has a value."""
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for card in reversed(fits.Header.fromstring(header).cards):
            try:
                value = card.value
            except (ValueError, fits.VerifyError):
                continue
            if card.keyword not in ("", "COMMENT", "CONTINUE") and not isinstance(
                value, fits.card.Undefined | None
            ):
                found[card.keyword] = (
                    value.rstrip() if isinstance(value, str) else value
                )
    return found


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("'APOGEE_ID'", "APOGEE_ID"),
        ("'APOGEE_ID'         / 2MASS name", "APOGEE_ID"),
        ("'Barnard''s star'", "Barnard's star"),
        ("'  leading and trailing  '", "  leading and trailing"),
        ("'a / b' / c", "a / b"),
        ("'Barnard's star' / quote not doubled", "Barnard's star"),
        ("''", ""),
        ("                   T / yes", True),
        ("F", False),
        ("-9999", -9999),
        ("9223372036854775807", 9223372036854775807),
        ("0007", 7),
        ("1.5D3", 1500.0),
        (".5", 0.5),
        ("1.e-2 / small", 0.01),
        ("(1.0, -2)", 1 - 2j),
    ],
)
def test_a_value_is_read_as_the_standard_writes_it(written, meant):
    header = in_blocks(f"KEY     = {written}")

    value = read_cards(header)["KEY"]

    assert (value, type(value)) == (meant, type(meant))
    assert by_astropy(header)["KEY"] == meant


@pytest.mark.parametrize(
    "written", ["", "   / only a comment", "'no end", "word", "1 2 3 x", "T T"]
)
def test_a_keyword_without_a_proper_value_is_absent(written):
    assert read_cards(in_blocks(f"KEY     = {written}")) == {}


def test_a_broken_value_that_decides_how_rows_are_read_is_named():
    with pytest.raises(BrokenCardError, match="TNULL1 should have a value but has 'x"):
        read_cards(in_blocks("TNULL1  = x"))
    assert read_cards(in_blocks("TNULL1  =   / none")) == {}


def test_a_doubled_quote_before_a_blank_does_not_end_the_text():
    assert read_cards(in_blocks("KEY     = 'a'' / b' / c")) == {"KEY": "a' / b"}


def test_of_a_keyword_that_comes_twice_the_first_counts():
    assert read_cards(in_blocks("KEY     = 1", "KEY     = 2")) == {"KEY": 1}


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=400))
@example("it's long & more, " * 20)
@example("'" * 140)
def test_text_of_any_length_is_read_as_astropy_wrote_it(text):
    header = fits.Header({"TCOMM1": text, "TTYPE1": "x"})

    found = read_cards(header.tostring().encode())

    assert found == {"TCOMM1": text.rstrip(), "TTYPE1": "x"}


def test_utf8_within_a_header_is_text():
    header = in_blocks("TUNIT1  = '{}'".format("Å".encode().decode("latin-1")))

    assert read_cards(header) == {"TUNIT1": "Å"}


def test_cards_after_the_end_are_not_read():
    assert read_cards(in_blocks("A       = 1", "END", "B       = 2")) == {"A": 1}


@settings(max_examples=400, deadline=None)
@given(st.lists(CARDS, max_size=5))
def test_random_cards_mean_what_astropy_reads(cards):
    header = in_blocks(*cards)
    # Where a quote written twice comes before a blank, astropy ends the text there.
    assume(b"''" not in header)

    assert {k: repr(v) for k, v in read_cards(header).items()} == {
        k: repr(v) for k, v in by_astropy(header).items()
    }
