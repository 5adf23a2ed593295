"""Real stars that APOGEE DR17 and GALAH DR3 both have, through the whole chain."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from astropy.table import Table

import stellarwh
from stellarwh.scales import Calibration

# GALAH - APOGEE as published. DR4 - DR17: paper of GALAH DR4 (Buder et al.), all stars.
# DR3 - DR16: validation notebook of GALAH DR3 (github svenbuder/GALAH_DR3), giants.
DR4 = {"teff": (-8, 78), "logg": (0.00, 0.10), "fe_h": (-0.022, 0.061)}
DR3 = {"teff": (-41, 72), "logg": (-0.05, 0.12), "fe_h": (-0.04, 0.11)}


@dataclass(frozen=True)
class Real:
    """A warehouse of both files, calibrated; the pairs as NumPy finds them."""

    warehouse: Path
    result: Calibration
    apogee: dict[str, np.ndarray]
    galah: dict[str, np.ndarray]


@pytest.fixture(scope="module")
def real(realdata: Path, tmp_path_factory: pytest.TempPathFactory) -> Real:
    files = {
        "apogee": realdata / "apogee" / "casjobs-dr17-1612rows.fits",
        "galah": realdata / "galah" / "GALAH_DR3_main_allstar-1170rows.fits",
    }
    path = tmp_path_factory.mktemp("real") / "stars.duckdb"
    with stellarwh.open(path, write=True) as wh:
        for survey, file in files.items():
            wh.ingest(survey, file)
        wh.build()
        result = wh.calibrate()
    tables = {survey: Table.read(file) for survey, file in files.items()}
    ids = [np.array(tables[s]["dr3_source_id"], dtype=np.int64) for s in files]
    _, left, right = np.intersect1d(*ids, return_indices=True)
    apogee, galah = (
        {
            name: np.array(tables[survey][name][rows], dtype=float)
            for name in ("teff", "logg", "fe_h")
        }
        for survey, rows in (("apogee", left), ("galah", right))
    )
    return Real(path, result, apogee, galah)


def test_twelve_common_stars_are_too_few_and_that_is_said(real: Real) -> None:
    assert real.result.apart == ("galah",)
    assert real.result.stars == len(real.apogee["teff"]) == 12


@pytest.mark.parametrize("quantity", ["teff", "logg", "fe_h"])
def test_differences_are_those_of_numpy_and_as_published(
    real: Real, quantity: str
) -> None:
    with stellarwh.open(real.warehouse) as wh:
        rows = wh.figure("scale_published").to_polars().to_dicts()
    row = next(row for row in rows if row["quantity"] == quantity)
    difference = real.galah[quantity] - real.apogee[quantity]
    middle = np.median(difference)
    scatter = 1.4826 * np.median(np.abs(difference - middle))
    assert row["n"] == 12
    assert row["measured"] == pytest.approx(middle, abs=1e-3)
    assert row["measured_scatter"] == pytest.approx(scatter, abs=1e-3)
    # Nothing was fitted: nothing is added.
    assert row["calibrated"] == row["measured"]
    assert (row["published"], row["published_scatter"]) == DR4[quantity]
    error = np.sqrt(np.pi / 2 / 12) * scatter
    for published, _ in (DR4[quantity], DR3[quantity]):
        assert abs(row["measured"] - published) < 3 * error


def test_no_value_of_either_is_lost_or_moved(real: Real) -> None:
    with stellarwh.open(real.warehouse) as wh:
        moved = wh.sql(
            "select count(*) as n from main.calibrated where value <> measured"
        ).to_polars()
        rows = wh.sql(
            "select p.teff, p.teff_in_range, p.teff_sources, m.teff as measured, "
            "m.survey from main.parameters as p "
            "inner join main.measurements as m on p.star_id = m.star_id "
            "where m.is_clean and m.teff is not null"
        ).to_polars()
    assert moved["n"].to_list() == [0]
    assert len(rows) == 1612 + 1170
    used = rows.filter(rows["teff_sources"].list.contains(rows["survey"]))
    assert len(used) == 1612 + 1170 - 12  # where both are, APOGEE's alone
    np.testing.assert_allclose(used["teff"], used["measured"], rtol=1e-12)
    assert (used["teff_in_range"] == (used["survey"] == "apogee")).all()


def test_the_page_says_that_galah_stays_as_measured(real: Real, tmp_path: Path) -> None:
    with stellarwh.open(real.warehouse) as wh:
        wh.report(tmp_path / "reports")
    text = (tmp_path / "reports" / "scale.html").read_text("utf-8")
    assert "No survey could be brought to the scale of APOGEE" in text
    assert "GALAH: no stars shared with the others, or too few." in text
    assert "−48 ± 73" in text
    assert "−8 ± 78" in text
    assert "not simulated" in text
    assert "no test of the published numbers" not in text
