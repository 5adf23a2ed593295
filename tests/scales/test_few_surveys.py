"""Whatever surveys there are, a star that has a value has one on the scale, too.

Among them a catalogue of one's own, made of the truth of a simulated sky.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import stellarwh
from stellarwh.cli.scales import report_calibration
from stellarwh.errors import UsageError
from stellarwh.scales import fitting
from stellarwh.scales.places import find_places

STARS, SEED = 3000, 5
# What is added to the truth in the own catalogue, and its errors.
OFFSETS = {"teff": -60.0, "logg": 0.08, "fe_h": -0.05}
ERRORS = {"teff": 70.0, "logg": 0.1, "fe_h": 0.07}
COLUMNS = {"teff": "TEFF_FIT", "logg": "LOGG_FIT", "fe_h": "FEH"}
WHOLE = ",".join(
    [f"{name}={column},{name}_err=E_{column}" for name, column in COLUMNS.items()]
    + ["snr=SN,source_id=STAR"]
)
PARTS = {
    "without errors and S/N": "teff=TEFF_FIT,logg=LOGG_FIT,fe_h=FEH",
    "without log g": "teff=TEFF_FIT,teff_err=E_TEFF_FIT,fe_h=FEH,fe_h_err=E_FEH",
}


@dataclass(frozen=True)
class Sky:
    files: dict[str, Path]
    folder: Path
    own: pl.DataFrame  # of every star that a survey saw


@pytest.fixture(scope="module")
def sky(tmp_path_factory):
    folder = tmp_path_factory.mktemp("few")
    files = stellarwh.simulate_sky(folder, stars=STARS, seed=SEED, sky="ideal")
    truth = pl.read_parquet(files["truth"]).unique("truth_id", maintain_order=True)
    truth = truth.filter(pl.col("is_best"))
    rng = np.random.default_rng(SEED)
    measured = {
        column: truth[name].to_numpy()
        + OFFSETS[name]
        + ERRORS[name] * rng.standard_normal(len(truth))
        for name, column in COLUMNS.items()
    }
    stated = {f"E_{column}": ERRORS[name] for name, column in COLUMNS.items()}
    own = pl.DataFrame(
        {"STAR": [f"S{i}" for i in truth["truth_id"]], "SN": truth["snr"]}
        | {"RAJ": truth["ra"], "DEJ": truth["dec"], "SEEN_BY": truth["survey"]}
        | measured
    ).with_columns(**{name: pl.lit(err) for name, err in stated.items()})
    return Sky(files, folder, own)


def build(sky, path, surveys, own=None, declare=WHOLE):
    """Build a warehouse of some surveys, and of rows of the own catalogue."""
    with stellarwh.open(path, write=True) as wh:
        for survey in surveys:
            wh.ingest(survey, sky.files[survey])
        if own is not None:
            file = path.with_suffix(".parquet")
            own.write_parquet(file)
            wh.ingest("mine", file, ra="RAJ", dec="DEJ", epoch=2000.0, declare=declare)
        wh.build()
    return path


def lost(wh):
    """Return (quantity, n) of values of stars that main.parameters has not."""
    connection = wh.connection
    connection.execute(
        "create or replace temp table wanted as "
        "select distinct star_id, quantity from main.measured_values"
    )
    connection.execute("create or replace temp table given as from main.parameters")
    quantities = connection.execute("select distinct quantity from wanted").fetchall()
    assert quantities
    found = []
    for (name,) in quantities:
        ((n,),) = connection.execute(
            f"select count(*) from wanted anti join (select star_id from given where "
            f"isfinite({name}) and {name}_in_range is not null) using (star_id) "
            f"where quantity = '{name}'"
        ).fetchall()
        found += [(name, n)] if n else []
    return found


def zero_points(wh, survey="mine"):
    rows = wh.connection.execute(
        "select quantity, zero_point, zero_point_err from scale.zero_points "
        "inner join scale.in_use using (run_id) where survey = ?",
        [survey],
    ).fetchall()
    return {quantity: (value, err) for quantity, value, err in rows}


@pytest.mark.parametrize(
    ("surveys", "reference"),
    [
        (("galah", "lamost"), "galah"),
        (("apogee", "lamost"), "apogee"),
        (("apogee",), "apogee"),
    ],
)
def test_no_value_is_lost_with_few_surveys(sky, tmp_path, surveys, reference):
    path = build(sky, tmp_path / "few.duckdb", surveys)
    with stellarwh.open(path, write=True) as wh:
        assert lost(wh) == []
        found = wh.calibrate()
        assert (found.reference, found.apart) == (reference, ())
        assert lost(wh) == []


@pytest.fixture(scope="module")
def four(sky):
    """Return a warehouse of three surveys and the own catalogue as a fourth."""
    surveys = ("apogee", "galah", "lamost")
    return build(sky, sky.folder / "four.duckdb", surveys, sky.own)


def test_an_own_catalogue_is_a_fourth_survey(four, tmp_path):
    path = tmp_path / "copy.duckdb"
    path.write_bytes(four.read_bytes())
    with stellarwh.open(path, write=True) as wh:
        assert lost(wh) == []
        wh.calibrate()
        assert lost(wh) == []
        found = zero_points(wh)
        for name, injected in OFFSETS.items():
            value, err = found[name]
            assert abs(value + injected) < 3 * err, name
        # Noise is all that is wrong with it: the stated errors hold.
        factors = wh.connection.execute(
            "select quantity, factor from scale.error_factors inner join scale.in_use "
            "using (run_id) where survey = 'mine' and stage_group = 'all'"
        ).fetchall()
        assert len(factors) == len(OFFSETS)
        assert all(1 <= factor < 1.2 for _, factor in factors)
        assert wh.calibrate(reference="mine").reference == "mine"
        assert lost(wh) == []
        value, err = zero_points(wh, "apogee")["teff"]
        assert abs(value - OFFSETS["teff"]) < 3 * err
        with pytest.raises(UsageError, match=r"'mien'.*Did you mean 'mine'"):
            wh.calibrate(reference="mien")


def test_errors_a_thousand_times_too_small_and_a_compressed_column(
    sky, tmp_path, capsys
):
    """Each is said, and each is made to hold: they take no weight from the others."""
    truth = (sky.own["FEH"] - OFFSETS["fe_h"]).to_numpy()
    noise = 0.02 * np.random.default_rng(1).standard_normal(truth.size)
    own = sky.own.with_columns(
        FEH=0.5 * truth - 0.1 + noise,
        E_TEFF_FIT=pl.col("E_TEFF_FIT") / 1000,
        E_LOGG_FIT=pl.col("E_LOGG_FIT") / 1000,
    )
    path = build(sky, tmp_path / "absurd.duckdb", ["apogee", "galah", "lamost"], own)
    with stellarwh.open(path, write=True) as wh:
        result = wh.calibrate()
        ((off, n),) = wh.connection.execute(
            "select count_if(fe_h_in_range), count(*) from main.parameters "
            "where fe_h_sources = ['mine']"
        ).fetchall()
        assert (off, n > 0) == (0, True)
    found = {(fact.survey, fact.quantity): fact for fact in result.facts}
    assert found["mine", "teff"].factor == pytest.approx(1000, rel=0.2)
    assert found["mine", "logg"].factor == pytest.approx(1000, rel=0.2)
    assert found["apogee", "teff"].factor < 1.3
    apart = {key for key, fact in found.items() if fact.judged_by == "differences"}
    assert apart == {("mine", "fe_h")}
    report_calibration(result)
    said = capsys.readouterr().err
    assert re.search(r"errors that mine states are no errors.*logg .*, teff ", said)
    assert re.search(r"Values of mine do not vary as those of other.*\(fe_h\)", said)
    assert said.count("Warning") == 2


def test_nothing_judges_a_survey_alone(sky, tmp_path, capsys):
    path = build(sky, tmp_path / "alone.duckdb", ["galah"])
    with stellarwh.open(path, write=True) as wh:
        result = wh.calibrate()
    report_calibration(result)
    said = capsys.readouterr().out
    assert "nothing to bring to the scale of galah: no other survey" in said
    assert "Errors of galah are as stated, or as its repeated observations tell" in said


@pytest.mark.parametrize("lacking", PARTS)
def test_a_catalogue_may_lack_much(sky, tmp_path, lacking):
    seen = sky.own.filter(pl.col("SEEN_BY").is_in(["apogee", "lamost"]))
    path = build(sky, tmp_path / "part.duckdb", ["apogee"], seen, PARTS[lacking])
    with stellarwh.open(path, write=True) as wh:
        assert lost(wh) == []
        assert wh.calibrate().apart == ()
        assert lost(wh) == []
        value, err = zero_points(wh)["teff"]
        assert abs(value + OFFSETS["teff"]) < 3 * err
        # Of stars that it alone saw there are others than the common ones; where it
        # has no log g to tell, all are moved by what is the same for all.
        ((corrected, n),) = wh.connection.execute(
            "select count(*) filter (teff_in_range), count(*) from main.parameters "
            "where teff_sources = ['mine']"
        ).fetchall()
        assert n > 300
        is_constant = "logg=" not in PARTS[lacking]
        assert corrected == n if is_constant else n / 2 < corrected < n
        # What the reference has not is on the scale of the one survey that has it.
        wh.calibrate(reference="mine")
        assert lost(wh) == []
        ((out,),) = wh.connection.execute(
            "select count(*) filter (not alpha_fe_in_range) from main.parameters"
        ).fetchall()
        assert out == 0


@pytest.mark.parametrize("common", [0, 10])
def test_a_catalogue_may_share_few_stars(sky, tmp_path, common):
    seen = sky.own.filter(pl.col("SEEN_BY") == "apogee")
    elsewhere = seen.slice(common, 300).with_columns(pl.col("DEJ") / 2 + 40.123)
    own = pl.concat([seen.head(common), elsewhere])
    path = build(sky, tmp_path / "tiny.duckdb", ["apogee"], own)
    with stellarwh.open(path, write=True) as wh:
        ((shared,),) = wh.connection.execute(
            "select count(*) from main.stars where n_surveys = 2"
        ).fetchall()
        assert shared == common
        assert lost(wh) == []
        assert wh.calibrate().apart == ("mine",)
        assert lost(wh) == []
        with pytest.raises(stellarwh.StellarwhError, match="mine shares fewer than 20"):
            wh.calibrate(reference="mine")


def test_values_that_do_not_follow_are_no_place(sky, tmp_path, monkeypatch):
    """All stars alike, by errors of nothing: APOGEE's values are where stars are."""
    alike = {"TEFF_FIT": 5000.0, "LOGG_FIT": 3.0, "FEH": -0.2}
    own = sky.own.filter(pl.col("SEEN_BY").is_in(["apogee", "lamost"])).with_columns(
        **{name: pl.lit(value) for name, value in alike.items()}
    )
    path = build(sky, tmp_path / "alike.duckdb", ["apogee"], own)
    fits = []

    def remembered(connection, sample, *others):
        found = find_places(connection, sample, *others)
        fits.append(
            dict(zip(sample.stars.tolist(), found.values.tolist(), strict=True))
        )
        return found

    monkeypatch.setattr(fitting, "find_places", remembered)
    with stellarwh.open(path, write=True) as wh:
        assert wh.calibrate().apart == ("mine",)
        rows = wh.connection.execute(
            "select p.star_id, p.teff, p.logg, p.fe_h, a.teff, a.logg, a.fe_h "
            "from scale.places as p left join (from main.measurements where "
            "survey = 'apogee' and is_best and is_clean) as a using (star_id)"
        ).fetchall()
    places = {row[0]: row[1:4] for row in rows}
    seen = {row[0]: row[4:] for row in rows if None not in row[4:]}
    assert len(seen) > 300
    for star, values in seen.items():
        assert places[star] == pytest.approx(values, abs=1e-9)
    # The fit has them where the views have.
    common = seen.keys() & fits[-1].keys()
    assert len(common) > 300
    for star in common:
        assert fits[-1][star] == pytest.approx(seen[star], abs=1e-9)
    # What nobody else has is better than nothing.
    alone = np.array([places[star] for star in places.keys() - seen.keys()])
    assert np.isclose(alone, list(alike.values())).all(axis=1).sum() > 300
