"""Right ascensions of −180…180 are the same positions everywhere, and said."""

from pathlib import Path

import numpy as np
import pytest
from astropy import units
from astropy_healpix import HEALPix

from stellarwh.errors import SurveyError
from stellarwh.ingest import ingest_survey
from stellarwh.match import match_tables
from stellarwh.warehouse.build import build_views

RA = np.array([-180.0, -90.25, -1e-9, 0.0, 45.5, 179.5, 359.5, 360.0])
DEC = np.array([-60.0, -30.0, 0.0, 10.0, 20.0, 30.0, 40.0, 50.0])


def write(path: Path, ra: np.ndarray, dec: np.ndarray) -> Path:
    rows = (f"{i},{r!r},{d!r}" for i, (r, d) in enumerate(zip(ra, dec, strict=True)))
    path.write_text("id,ra,dec\n" + "\n".join(rows).replace("np.float64", "") + "\n")
    return path


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    return write(tmp_path / "signed.csv", RA.tolist(), DEC.tolist())


def test_healpix_is_that_of_the_wrapped_position_and_the_column_stays(
    connection, signed
):
    result = ingest_survey(connection, "signed", signed, ra="ra", dec="dec")
    rows = connection.execute("select ra, healpix from raw.signed order by id")
    ra, cells = (np.array(values) for values in zip(*rows.fetchall(), strict=True))
    np.testing.assert_array_equal(ra, RA)
    expected = HEALPix(2**29, order="nested").lonlat_to_healpix(
        (RA % 360) * units.deg, DEC * units.deg
    )
    np.testing.assert_array_equal(cells, expected)
    assert result.warnings == (
        "3 right ascensions are negative; 360 is added to them for positions and "
        "healpix, ra itself stays as it is in the file.",
    )


def test_matches_agree_with_those_of_the_wrapped_file(connection, signed, tmp_path):
    wrapped = write(tmp_path / "wrapped.csv", (RA % 360).tolist(), DEC.tolist())
    ingest_survey(connection, "signed", signed, ra="ra", dec="dec")
    ingest_survey(connection, "wrapped", wrapped, ra="ra", dec="dec")
    same = [(i, i, 0.0) for i in range(len(RA))]
    for left, right in (
        ("raw.signed", "raw.wrapped"),
        (str(signed), str(wrapped)),
        ("raw.wrapped", str(signed)),
    ):
        matched = match_tables(connection, left, right, radius=3.0)
        found = sorted(tuple(row.values()) for row in matched.pairs.to_pylist())
        assert found == same
        assert any("3 negative right ascensions" in note for note in matched.notes)
    cone = "select id from cone_search('raw.signed', 269.75, -30, 1)"
    assert connection.execute(cone).fetchall() == [(1,)]


def test_what_lies_further_out_is_no_position_anywhere(connection, tmp_path):
    path = write(tmp_path / "far.csv", [10.0, -180.5, 361.0, -9999.0], [1.0] * 4)
    result = ingest_survey(connection, "far", path, ra="ra", dec="dec")
    assert any("3 of 4 rows have no position" in text for text in result.warnings)
    for source in ("raw.far", str(path)):
        matched = match_tables(connection, source, source, radius=3.0)
        assert matched.pairs.num_rows == 1
        assert any("3 of 4 rows" in note for note in matched.notes)
    none = write(tmp_path / "none.csv", [-181.0, 400.0], [1.0, 2.0])
    with pytest.raises(SurveyError, match=r"None of the 2 rows.*-180…360"):
        ingest_survey(connection, "none", none, ra="ra", dec="dec")


@pytest.mark.parametrize(
    ("survey", "names", "values"),
    [
        (
            "apogee",
            "APOGEE_ID,RA,DEC,TEFF,LOGG,GAIAEDR3_SOURCE_ID",
            "a{},{},{},5000,4,7",
        ),
        (
            "galah",
            "sobject_id,star_id,ra_dr2,dec_dr2,teff,logg,fe_h,flag_sp,dr3_source_id,ruwe_dr2",
            "{},x,{},{},5000,4,0,0,7,1",
        ),
    ],
)
def test_surveys_are_staged_at_the_wrapped_position(
    connection, tmp_path, survey, names, values
):
    lines = [
        values.format(i, r, d) for i, (r, d) in enumerate(zip(RA, DEC, strict=True))
    ]
    path = tmp_path / "s.csv"
    path.write_text("\n".join([names, *lines]) + "\n")
    ingest_survey(connection, survey, path)
    build_views(connection)
    staged = connection.execute(
        "select ra, healpix is not distinct from healpix_nested(29, ra, dec) "
        f"from staging.{survey} order by dec"
    ).fetchall()
    assert staged == [(r if r >= 0 else r + 360, True) for r in RA.tolist()]
