"""What is wrong with the values of surveys is as meant, and is written down."""

import csv
from itertools import pairwise

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from astropy.io.votable.ucd import check_ucd
from numpy.typing import NDArray
from simulated import Sky

from stellarwh.simulate.sky.faults import (
    QUANTITIES,
    SURVEYS,
    sizes,
    stated_share,
    trend,
)
from stellarwh.simulate.sky.shapes import SHAPES
from stellarwh.units import vounit

PUBLISHED = {
    "apogee": ("TEFF", "LOGG", "FE_H", "ALPHA_M"),
    "galah": ("teff", "logg", "fe_h", "alpha_fe"),
    "lamost": ("teff", "logg", "feh", "alpha_m"),
}
STATED = {
    "apogee": ("TEFF_ERR", "LOGG_ERR", "FE_H_ERR", "ALPHA_M_ERR"),
    "galah": ("e_teff", "e_logg", "e_fe_h", "e_alpha_fe"),
    "lamost": ("teff_err", "logg_err", "feh_err", "alpha_m_err"),
}
CASES = [
    pytest.param(s, q, PUBLISHED[s][i], STATED[s][i], id=f"{s}-{q}")
    for s in SURVEYS
    for i, q in enumerate(QUANTITIES)
]


def columns(sky: Sky, survey: str, *names: str) -> list[NDArray[np.float64]]:
    return [sky.truth_of(survey)[name].to_numpy() for name in names]


def spread(values: NDArray[np.float64]) -> float:
    good = values[np.isfinite(values)]
    return 1.4826 * float(np.median(np.abs(good - np.median(good))))


def is_single(sky: Sky, survey: str) -> NDArray[np.bool_]:
    """Stars whose light is their own: that of a companion pulls values, too."""
    return ~sky.truth_of(survey)["is_binary"].to_numpy()


@pytest.mark.parametrize(("survey", "quantity", "value", "stated"), CASES)
def test_values_are_the_sum_of_what_the_truth_file_says(
    sky: Sky, survey: str, quantity: str, value: str, stated: str
) -> None:
    known = columns(
        sky,
        survey,
        *(f"{quantity}_{k}" for k in ("offset", "trend", "plate", "outlier")),
    )
    (sigma,) = columns(sky, survey, f"{quantity}_sigma")
    pull = (sky.difference(survey, value, quantity) - sum(known)) / sigma
    pull = pull[is_single(sky, survey) & np.isfinite(pull)]
    assert abs(np.mean(np.clip(pull, -5, 5))) < 4 / np.sqrt(pull.size)
    assert 0.95 < spread(pull) < 1.05
    # Nothing else is injected: outliers are honest once that is taken off.
    assert np.mean(np.abs(pull) > 5) < 1e-3


@pytest.mark.parametrize(("survey", "quantity", "value", "stated"), CASES)
def test_errors_are_stated_as_part_of_the_true_ones(
    sky: Sky, survey: str, quantity: str, value: str, stated: str
) -> None:
    (sigma,) = columns(sky, survey, f"{quantity}_sigma")
    error = sky.tables[survey][stated].astype(float)
    good = np.isfinite(error) & (error > 0)
    # DR17's red giants: 9.5 K against 40 to 60 K, and so on; LAMOST: 0.6.
    expected = {"apogee": 0.25, "galah": 1.0, "lamost": 0.6}[survey]
    assert np.median(error[good] / sigma[good]) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(("survey", "quantity", "value", "stated"), CASES)
def test_trends_can_be_recovered_from_the_catalogues(
    sky: Sky, survey: str, quantity: str, value: str, stated: str
) -> None:
    """A weighted linear fit of value minus truth finds every slope of the table."""
    teff, logg, fe_h, snr, sigma, offset, plate = columns(
        sky, survey, "teff", "logg", "fe_h", "snr", f"{quantity}_sigma",
        f"{quantity}_offset", f"{quantity}_plate",
    )  # fmt: skip
    outlier = sky.truth_of(survey)["is_outlier"].to_numpy()
    off = sky.difference(survey, value, quantity) - offset
    inside = (teff > 3400) & (teff < 7700) & (fe_h > -1.9) & (fe_h < 0.5)
    inside &= np.isfinite(off) & ~outlier & is_single(sky, survey) & (snr > 10)
    design = np.stack(
        [
            (teff - 4800) / 1000, logg - 2.5, fe_h,
            np.maximum(np.log10(100 / snr), 0), np.ones(teff.size),
        ],
        axis=1,
    )[inside]  # fmt: skip
    # Rows of a plate share its offset: taken off here, it has a test of its own.
    weight = 1 / sigma[inside]
    weighted = design * weight[:, None]
    target = (off - plate)[inside] * weight
    found, *_ = np.linalg.lstsq(weighted, target, rcond=None)
    error = np.sqrt(np.diag(np.linalg.inv(weighted.T @ weighted)))
    expected = [
        sizes().get((survey, quantity, term), 0.0)
        for term in ("teff", "logg", "fe_h", "snr")
    ]
    assert np.all(np.abs(found[:4] - expected) < 4.5 * error[:4]), (found, expected)
    assert abs(found[4]) < 4.5 * error[4]


def test_some_trends_stand_out_of_the_noise(sky: Sky) -> None:
    """Else nothing could be learned from them: GALAH's Teff by 32 K per dex, say."""
    for survey in SURVEYS:
        teff, logg, fe_h, snr = columns(sky, survey, "teff", "logg", "fe_h", "snr")
        for quantity in QUANTITIES:
            (given,) = columns(sky, survey, f"{quantity}_trend")
            assert np.array_equal(given, trend(survey, quantity, teff, logg, fe_h, snr))
            assert np.std(given) > 0
    one = np.ones(1)
    assert trend("galah", "teff", 4800 * one, one, -one, 100 * one) == pytest.approx(
        -31.7
    )
    assert trend("lamost", "logg", 5800 * one, 4.5 * one, -one, 10 * one) == (
        pytest.approx(0.02 - 0.06 - 0.03 + 0.03)
    )


@pytest.mark.parametrize("survey", SURVEYS)
def test_rows_of_a_plate_share_its_offsets(sky: Sky, survey: str) -> None:
    truth = sky.truth_of(survey)
    plates = truth.group_by("plate").agg(
        pl.len(), *(pl.col(f"{q}_plate").unique() for q in QUANTITIES)
    )
    assert plates["len"].max() > 10
    others = []
    for quantity in QUANTITIES:
        assert plates[f"{quantity}_plate"].list.len().max() == 1
        offsets = plates[f"{quantity}_plate"].list.first().to_numpy()
        size = sizes()[survey, quantity, "plate"]
        assert np.std(offsets) == pytest.approx(size, rel=4 / np.sqrt(2 * offsets.size))
        others.append(offsets / size)
    correlation = np.abs(np.corrcoef(others) - np.eye(4)).max()
    assert correlation < 4.5 / np.sqrt(len(plates))


def test_plates_of_galah_and_lamost_are_those_of_the_catalogues(sky: Sky) -> None:
    for survey, column in (("galah", "sobject_id"), ("lamost", "obsid")):
        number = sky.tables[survey][column].astype(np.int64) // 100_000
        assert np.array_equal(number, columns(sky, survey, "plate")[0])
    rows = sky.tables["apogee"]
    fields = pl.DataFrame(
        {
            "plate": columns(sky, "apogee", "plate")[0],
            "field": rows["FIELD"].astype(str),
        }
    )
    # The two telescopes of a field are one plate here.
    bare = fields.with_columns(pl.col("field").str.strip_suffix("-C"))
    assert bare.group_by("plate").agg(pl.col("field").n_unique())["field"].max() == 1


@pytest.mark.parametrize("survey", SURVEYS)
def test_one_row_in_a_hundred_is_plainly_wrong(sky: Sky, survey: str) -> None:
    truth = sky.truth_of(survey)
    n, wrong = len(truth), truth["is_outlier"].sum()
    assert abs(wrong - 0.01 * n) < 4 * np.sqrt(0.01 * n)
    for quantity in QUANTITIES:
        size = sizes()[survey, quantity, "outlier"]
        injected = truth[f"{quantity}_outlier"].to_numpy()
        assert np.array_equal(injected != 0, truth["is_outlier"].to_numpy())
        units = np.abs(injected[injected != 0]) / size
        assert (units.min() >= 5) & (units.max() <= 10)
        assert 0.2 < np.mean(injected[injected != 0] > 0) < 0.8


def test_repeats_of_a_star_agree_as_well_as_apogee_states(sky: Sky) -> None:
    """DR17's errors come from repeats: what repeats share is not in them."""
    rows, truth = sky.tables["apogee"], sky.truth_of("apogee")
    frame = truth.select("truth_id").with_row_index("i")
    pairs = frame.join(frame, on="truth_id").filter(pl.col("i") < pl.col("i_right"))
    first, second = pairs["i"].to_numpy(), pairs["i_right"].to_numpy()
    for value, stated in (("TEFF", "TEFF_ERR"), ("FE_H", "FE_H_ERR")):
        quantity = {"TEFF": "teff", "FE_H": "fe_h"}[value]
        known = sum(
            columns(
                sky, "apogee",
                *(f"{quantity}_{kind}" for kind in ("trend", "plate", "outlier")),
            )
        )  # fmt: skip
        clean = rows[value].astype(float) - known
        (sigma,) = columns(sky, "apogee", f"{quantity}_sigma")
        alike = np.abs(np.log(sigma[first] / sigma[second])) < 0.1
        difference = (clean[first] - clean[second])[alike]
        error = np.hypot(rows[stated][first], rows[stated][second])[alike]
        assert np.isfinite(difference).sum() > 60
        # With independent errors it would be 4; some 70 pairs tell it to 0.14.
        assert 0.7 < spread(difference / error) < 1.4


def test_the_ideal_sky_has_no_faults_and_is_else_the_same(
    sky: Sky, ideal_sky: Sky
) -> None:
    for quantity in QUANTITIES:
        for kind in ("trend", "plate", "outlier"):
            assert (ideal_sky.truth[f"{quantity}_{kind}"] == 0).all()
        for kind in ("offset", "sigma"):
            name = f"{quantity}_{kind}"
            assert sky.truth[name].equals(ideal_sky.truth[name])
    assert not ideal_sky.truth["is_outlier"].any()
    same = ["truth_id", "survey", "source_id", "teff", "logg", "fe_h", "snr", "plate"]
    assert sky.truth.select(same).equals(ideal_sky.truth.select(same))
    for survey, value in (("galah", "snr_c2_iraf"), ("lamost", "rv"), ("apogee", "H")):
        given, ideal = sky.tables[survey][value], ideal_sky.tables[survey][value]
        assert np.array_equal(given, ideal, equal_nan=True)
    factors = dict(
        ideal_sky.truth.select("survey", "stated_error_factor").unique().iter_rows()
    )
    assert factors == {"apogee": 1.0, "galah": 1.0, "lamost": 0.6}


def test_every_column_of_the_truth_has_unit_ucd_and_description(sky: Sky) -> None:
    schema = pq.read_schema(sky.paths["truth"])
    assert len(schema) == 62
    for field in schema:
        facts = {key.decode(): text.decode() for key, text in field.metadata.items()}
        assert check_ucd(facts["ucd"], check_controlled_vocabulary=True), field.name
        assert facts["unit"] in ("", "dex") or vounit(facts["unit"]), field.name
        assert facts["description"]
    for name in ("teff_trend", "teff_plate", "teff_sigma"):
        assert schema.field(name).metadata[b"unit"] == b"K"


@pytest.mark.parametrize("kind", ["default", "hard"])
def test_every_size_says_where_it_is_from(repository, kind: str) -> None:
    name = {"default": "faults.csv", "hard": "faults_hard.csv"}[kind]
    path = repository / "stellarwh/simulate" / name
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert all(line["source"] for line in lines)
    assert len(lines) == len(sizes(kind))
    others = {"constant", "plate", "outlier", "outliers", "stated", "stated_snr"}
    assert {line["term"] for line in lines} <= others | set(SHAPES)
    assert stated_share("apogee", np.ones(1), kind) == 0.25
    order = [SURVEYS.index(line["survey"]) for line in lines]
    assert all(a <= b for a, b in pairwise(order))
    # No survey is drawn without plates, outliers and a trend of each quantity, but for
    # the one that the others are measured against on the hard sky.
    for survey in SURVEYS:
        for quantity in QUANTITIES:
            terms = {t for s, q, t in sizes(kind) if (s, q) == (survey, quantity)}
            reference = (kind, survey) == ("hard", "apogee")
            assert {"plate", "outlier"} <= terms
            assert (terms == {"plate", "outlier"}) == reference
            assert ("constant" in terms) == (kind == "hard" and not reference)
