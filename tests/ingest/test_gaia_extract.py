"""An extract of Gaia, in whichever form the archive gives it, and what it fills."""

import math

import polars as pl
import pytest
from astropy.table import MaskedColumn, Table

import stellarwh
from stellarwh.errors import SurveyError
from stellarwh.ingest.ingest import ingest_survey

# The first two are of the archive's documented example for 4295806720; made up is the
# rest: without five parameters Gaia gives a position and G alone.
ROWS = {
    "source_id": [4295806720, 34361129088],
    "ref_epoch": [2016.0, 2016.0],
    "ra": [44.99615537864534, 45.00432028915398],
    "dec": [0.005615226341865997, 0.021047763781174733],
    "parallax": [0.35454780, None],
    "parallax_error": [0.19144600, None],
    "pmra": [11.938993, None],
    "pmdec": [-25.562, None],
    "ruwe": [1.0635, None],
    "phot_g_mean_mag": [17.641426, 20.1],
    "phot_bp_mean_mag": [18.1, None],
    "phot_rp_mean_mag": [17.0, None],
}


def written(path, rows):
    if path.suffix == ".parquet":
        pl.DataFrame(rows).write_parquet(path)
        return path
    if path.name == "bulk.csv":  # as the files of the whole table are
        lines = ["# %ECSV 1.0", "# ---", "# delimiter: ','", "# datatype:"]
        for name in rows:
            kind = "int64" if name == "source_id" else "float64"
            lines.append(f"# - {{name: {name}, datatype: {kind}}}")
        lines.append(",".join(rows))
        for row in zip(*rows.values(), strict=True):
            lines.append(",".join("null" if v is None else repr(v) for v in row))
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path
    table = Table(
        {
            name: MaskedColumn(
                [0 if value is None else value for value in values],
                mask=[value is None for value in values],
            )
            for name, values in rows.items()
        }
    )
    form = {".fits": "fits", ".vot": "votable", ".ecsv": "ascii.ecsv"}[path.suffix]
    table.write(path, format=form)
    return path


@pytest.mark.parametrize("name", ["a.fits", "a.vot", "a.ecsv", "bulk.csv", "a.parquet"])
def test_every_form_of_the_archive_gives_the_same_rows(connection, tmp_path, name):
    told = ingest_survey(connection, "gaia", written(tmp_path / name, ROWS))
    assert (told.release, told.rows) == ("DR3", 2)
    found = connection.execute(
        f"select {', '.join(ROWS)} from raw.gaia order by source_id"
    ).fetchall()
    for place, row in enumerate(found):
        for value, given in zip(row, ROWS.values(), strict=True):
            wanted = given[place]
            if wanted is None:  # FITS says so by NaN, which staging makes NULL
                assert value is None or math.isnan(value)
                continue
            assert value == pytest.approx(wanted, 1e-7)
            assert not isinstance(wanted, int) or value == wanted


def test_the_archive_writes_names_in_capitals_at_times(connection, tmp_path):
    rows = {name.upper(): values for name, values in ROWS.items()}
    ingest_survey(connection, "gaia", written(tmp_path / "a.vot", rows))
    found = connection.execute("select min(source_id) from raw.gaia").fetchone()
    assert found == (4295806720,)


def test_what_may_be_dr2_is_not_taken(connection, tmp_path):
    rows = {name: values for name, values in ROWS.items() if name != "ruwe"}
    with pytest.raises(SurveyError, match="ruwe"):
        ingest_survey(connection, "gaia", written(tmp_path / "a.vot", rows))


@pytest.fixture(scope="module")
def sky(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gaia")
    files = stellarwh.simulate_sky(folder, stars=500, seed=5, gaia=True)
    with stellarwh.open(folder / "stellar.duckdb", write=True) as wh:
        for survey in ("apogee", "galah", "lamost", "gaia"):
            wh.ingest(survey, files[survey])
        wh.build()
        wh.check()
        yield wh, files


def test_the_stars_of_lamost_get_what_it_lacks(sky):
    wh, _ = sky
    (row,) = (
        wh.sql(
            "select count(*) as n, count(gaia_dr3_source_id) as named, "
            "count(motions.pmra) as moving, "
            "count(*) filter (motions.proper_motion_source = 'gaia') as by_gaia, "
            "count(photometry.bp_rp) as coloured, "
            "count(*) filter (photometry.parallax_survey = 'gaia') as far "
            "from main.stars left join main.star_motions as motions using (star_id) "
            "left join main.star_photometry as photometry using (star_id) "
            "where list_contains(surveys, 'lamost') "
            "and not list_contains(surveys, 'apogee') "
            "and not list_contains(surveys, 'galah')"
        )
        .to_arrow()
        .to_pylist()
    )
    assert row["n"] > 80
    # A few fast or crowded stars are not found at their place.
    for name in ("named", "moving", "by_gaia", "coloured", "far"):
        assert row[name] > 0.98 * row["n"], name


def test_a_source_is_the_star_that_it_was_made_of(sky):
    """APOGEE quotes the ids: who is matched by position must have them, too."""
    wh, files = sky
    truth = pl.read_parquet(files["truth"]).select("survey", "source_id", "truth_id")
    rows = wh.sql(
        "select star_id, survey, source_id from main.measurements "
        "where survey in ('apogee', 'lamost') and star_id is not null"
    ).to_polars()
    ids = wh.sql(
        "select star_id, source_id as gaia from main.measurements where survey = 'gaia'"
    ).to_polars()
    own = wh.sql(
        "select source_id, gaia_dr3_source_id::varchar as quoted "
        "from main.measurements where survey = 'apogee'"
    ).to_polars()
    of_truth = (
        truth.join(own, on="source_id").filter(pl.col("survey") == "apogee")
    ).select("truth_id", "quoted")
    found = (
        rows.filter(pl.col("survey") == "lamost")
        .join(truth, on=["survey", "source_id"])
        .join(of_truth.unique("truth_id"), on="truth_id")
        .join(ids, on="star_id")
    )
    assert len(found) > 50
    assert (found["gaia"] == found["quoted"]).all()


def test_the_checks_of_the_data_pass_with_it(sky):
    wh, _ = sky
    failed = [r.name for r in wh.check() if not r.passed and r.severity == "fail"]
    assert failed == []


def test_the_other_files_are_the_same_without_it(sky, tmp_path):
    _, files = sky
    alone = stellarwh.simulate_sky(tmp_path, stars=500, seed=5)
    assert set(files) - set(alone) == {"gaia"}
    for name in alone:
        assert files[name].read_bytes() == alone[name].read_bytes(), name
    fewer = stellarwh.simulate_sky(tmp_path / "few", stars=200, seed=5, gaia=True)
    more, less = (Table.read(f["gaia"]) for f in (files, fewer))
    assert len(less) == 200
    assert (more["source_id"][:200] == less["source_id"]).all()
    assert (more["parallax"][:200] == less["parallax"]).all()
