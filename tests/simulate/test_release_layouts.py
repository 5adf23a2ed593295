"""Layouts are the releases' own: counts and widths are those of the facts."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from simulated import Sky

from stellarwh.simulate import simulate
from stellarwh.simulate.files.layout import read_layout


@pytest.mark.parametrize(
    ("name", "full_width", "columns", "width"),
    [
        # 2,500 B x 733,901 rows is the published size of allStarLite, 1.83 GB.
        ("apogee_dr17", False, 191, 2500),
        # 1,484 B x 588,571 rows is the published size, 833 MiB.
        ("galah_dr3", True, 197, 1484),
        ("lamost_dr7", True, 47, None),
    ],
)
def test_layout_has_the_published_columns_and_row_width(
    name: str, full_width: bool, columns: int, width: int | None
) -> None:
    layout = read_layout(name, full_width=full_width)
    assert len(layout.columns) == columns
    assert len({c.name for c in layout.columns}) == columns
    if width is not None:
        assert layout.dtype.itemsize == width


def test_full_apogee_layout_has_234_columns_with_arrays_shaped_as_published() -> None:
    dtype = read_layout("apogee_dr17").dtype
    assert len(dtype.names or ()) == 234
    assert dtype["FPARAM_GRID"].shape == (21, 9)
    assert dtype["PARAM_COV"].shape == (9, 9)
    assert dtype["VISIT_PK"].shape == (100,)
    assert dtype["X_H"].shape == (27,)


def test_gaia_id_is_column_54_of_the_light_apogee_table() -> None:
    names = [c.name for c in read_layout("apogee_dr17", full_width=False).columns]
    assert names[53] == "GAIAEDR3_SOURCE_ID"


def test_galah_layout_equals_the_header_of_the_real_file(realdata: Path) -> None:
    path = realdata / "galah" / "GALAH_DR3_main_allstar-1170rows.fits"
    with fits.open(path) as hdus:
        real = [(c.name, c.format) for c in hdus[1].columns][:197]
    assert [(c.name, c.tform) for c in read_layout("galah_dr3").columns] == real


@pytest.mark.parametrize(
    ("survey", "layout", "full_width"),
    [
        ("apogee", "apogee_dr17", False),
        ("galah", "galah_dr3", True),
        ("lamost", "lamost_dr7", True),
    ],
)
def test_written_columns_are_read_back_as_declared(
    sky: Sky, survey: str, layout: str, full_width: bool
) -> None:
    declared = read_layout(layout, full_width=full_width).columns
    with fits.open(sky.paths[survey]) as hdus:
        hdus.verify("exception")
        table = hdus[1]
        read = [(c.name, c.format, c.unit or "") for c in table.columns]
        assert read == [(c.name, c.tform, c.unit) for c in declared]
        assert table.header["NAXIS2"] == len(sky.truth_of(survey))


def test_full_width_file_fills_every_array(tmp_path: Path) -> None:
    path = simulate(tmp_path, stars=300, full_width=True)["apogee"]
    with fits.open(path) as hdus:
        hdus.verify("exception")
        rows = hdus[1].data
        assert len(rows.columns) == 234
        usable = np.isfinite(rows["TEFF"])
        # PARAM and FPARAM are what the named columns are made of.
        np.testing.assert_array_equal(rows["PARAM"][usable, 0], rows["TEFF"][usable])
        np.testing.assert_array_equal(
            rows["FPARAM"][usable, 1], rows["LOGG_SPEC"][usable]
        )
        error = np.sqrt(rows["PARAM_COV"][usable, 0, 0])
        np.testing.assert_allclose(error, rows["TEFF_ERR"][usable], rtol=1e-5)
        used = (rows["VISIT_PK"] >= 0).sum(axis=1)
        np.testing.assert_array_equal(used, rows["NVISITS"])
        composed = f"{rows['TELESCOPE'][0]}.{rows['FIELD'][0]}.{rows['APOGEE_ID'][0]}"
        assert rows["TARGET_ID"][0] == composed
        assert rows["APSTAR_ID"][0].endswith(rows["APOGEE_ID"][0])


def test_missing_values_follow_each_release(sky: Sky) -> None:
    apogee, galah, lamost = (sky.tables[s] for s in ("apogee", "galah", "lamost"))
    assert np.isnan(apogee["TEFF"]).any()
    assert not (apogee["TEFF"] < 0).any()
    assert (apogee["GAIAEDR3_SOURCE_ID"] == 0).any()
    assert np.isnan(galah["Mo_fe"][galah["flag_Mo_fe"] == 32]).all()
    assert not (galah["teff"] < 0).any()
    assert (lamost["teff"] == -9999).any()
    assert not any(np.isnan(lamost[n]).any() for n in ("teff", "snrg", "mag_ps_g"))


def test_text_is_padded_with_blanks(sky: Sky) -> None:
    raw = sky.paths["apogee"].read_bytes()
    start = raw.index(b"2M", 2880)
    field = raw[start : start + 30]
    assert field.rstrip(b" ").isascii()
    assert b"\0" not in field
