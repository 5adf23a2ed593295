"""Positions that stand in names: `--position-from`."""

from pathlib import Path

import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord

from stellarwh.errors import StellarwhError
from stellarwh.ingest import ingest_survey
from stellarwh.match import match_tables

# Name, and how astropy reads what stands in it; no position where that is empty.
NAMES = [
    ("2M00000002+7417074", "00h00m00.02s +74d17m07.4s"),
    ("J00000002+7417074", "00h00m00.02s +74d17m07.4s"),
    ("2MASS J19550016-4435356", "19h55m00.16s -44d35m35.6s"),
    ("2MASSJ19550016-4435356", "19h55m00.16s -44d35m35.6s"),
    ("AP17095421+2953544", "17h09m54.21s +29d53m54.4s"),
    ("SDSS J120000.123-003000.56", "12h00m00.123s -00d30m00.56s"),
    ("WISEA J235959.9999+895959.99", "23h59m59.9999s +89d59m59.99s"),
    ("J123456-654321", "12h34m56s -65d43m21s"),
    (" 12345678+0102030 ", "12h34m56.78s +01d02m03.0s"),
    ("HD 122563", ""),
    ("B1950 123456+010203", ""),
    ("2M24000000+0000000", ""),
    ("2M12600000+0000000", ""),
    ("J1234+0102", ""),
    ("", ""),
]


@pytest.fixture
def named(tmp_path: Path) -> Path:
    lines = [f'{i},"{name}",{i}.5' for i, (name, _) in enumerate(NAMES)]
    path = tmp_path / "named.csv"
    path.write_text("\n".join(["n,designation,mag", *lines]) + "\n")
    return path


def test_positions_are_those_in_the_names(connection, named):
    result = ingest_survey(connection, "named", named, position_from="Designation")
    found = connection.execute(
        "select n, ra, dec, healpix is not distinct from healpix_nested(29, ra, dec) "
        "from raw.named order by n"
    ).fetchall()
    for (name, text), (_, ra, dec, is_placed) in zip(NAMES, found, strict=True):
        assert is_placed
        if not text:
            assert (ra, dec) == (None, None), name
            continue
        there = SkyCoord(text)
        here = SkyCoord(ra * u.deg, dec * u.deg)
        assert there.separation(here).arcsec < 1e-6, name
    said = " ".join(result.warnings)
    assert "cut to 15 arcsec or finer: not measured" in said
    assert "6 of 15 rows have no position, since their name" in said


def test_provenance_and_comments_say_where_they_are_from(connection, named):
    ingest_survey(connection, "named", named, position_from="designation", epoch=2000.0)
    told = "select ra_column, dec_column, position_from, epoch from meta.ingests"
    assert connection.execute(told).fetchall() == [("ra", "dec", "designation", 2000.0)]
    comments = connection.execute(
        "select comment from duckdb_columns() where table_name = 'named' "
        "and column_name in ('ra', 'dec')"
    ).fetchall()
    for (comment,) in comments:
        assert "as written in designation, not measured" in comment
        assert "0.15 arcsec" in comment
    audit = "select column_name, rule, n from meta.null_audit where rule like '%name%'"
    assert sorted(connection.execute(audit).fetchall()) == [
        ("dec", "no position in the name", 6),
        ("ra", "no position in the name", 6),
    ]


def test_such_a_catalogue_matches_and_takes_more_files(connection, named, tmp_path):
    ingest_survey(connection, "named", named, position_from="designation")
    more = tmp_path / "more.csv"
    more.write_text("n,designation\n99,2M00000003+7417074\n")
    result = ingest_survey(connection, "named", more, append=True)
    assert result.total_rows == len(NAMES) + 1
    matched = match_tables(connection, "raw.named", "raw.named", radius=1.0)
    assert matched.pairs.num_rows >= 9 + 2
    cone = "select count(*) from cone_search('raw.named', 0, 74.2853889, 1)"
    assert connection.execute(cone).fetchall() == [(3,)]


def test_columns_called_ra_and_dec_stay_as_they_are(connection, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("RA,name\n12h,2M00000002+7417074\n")
    ingest_survey(connection, "t", path, position_from="name")
    assert connection.execute("select RA, ra_2 > 0 from raw.t").fetchall() == [
        ("12h", True)
    ]
    other = tmp_path / "other.csv"
    other.write_text("name\n2M00000002+7417074\n")
    with pytest.raises(
        StellarwhError, match=r"names of name, as ra and dec, and there .* as ra_2 and"
    ):
        ingest_survey(connection, "t", other, append=True)


@pytest.mark.parametrize(
    ("name", "column", "more", "message"),
    [
        ("named", "mag", {}, "not text"),
        ("named", "nosuch", {}, r"no column 'nosuch' \(--position-from\)"),
        ("named", "designation", {"ra": "n", "dec": "n"}, "goes without --ra"),
        ("named", "designation", {"no_position": True}, "goes without"),
        ("named", "designation", {"columns": ["-designation"]}, "leaves out"),
        ("apogee", "designation", {}, "apogee has its own position columns"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    connection, named, name, column, more, message
):
    with pytest.raises(StellarwhError, match=message):
        ingest_survey(connection, name, named, position_from=column, **more)


def test_names_without_any_position_are_refused(connection, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("name\nVega\nHD 1\n")
    with pytest.raises(StellarwhError, match=r"None of the 2 rows has a name in name"):
        ingest_survey(connection, "t", path, position_from="name")
