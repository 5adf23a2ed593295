"""What SQL and Python, or command line and library, both have to say is the same."""

import re

import duckdb
import numpy as np
import pytest

from stellarwh.catalogues import usual_names
from stellarwh.cli.learning import Device, Estimator
from stellarwh.cli.matching import MatchMode
from stellarwh.learning.estimators.registry import DEVICES, ESTIMATORS
from stellarwh.match import MODES, columns
from stellarwh.simulate.sky import photometry


def test_usual_names_of_positions_and_ids_are_one_list(built):
    positions, ids = built.execute("select usual_positions(), usual_ids()").fetchone()
    assert [tuple(pair) for pair in positions] == list(usual_names._POSITIONS)
    assert tuple(ids) == columns._IDS


def test_modes_are_those_of_the_command_the_library_and_the_macro(built):
    assert tuple(MatchMode) == MODES
    for mode in MODES:
        assert built.execute("select valid_mode(?)", [mode]).fetchone() == (mode,)
    with pytest.raises(duckdb.Error, match="no mode nearest") as refused:
        built.execute("select valid_mode('nearest')").fetchone()
    named = str(refused.value).partition("there are ")[2].split("\n")[0]
    assert re.findall(r"[a-z-]+", named.replace(" and ", ", ")) == list(MODES)


def test_estimators_and_devices_of_the_command_are_those_of_the_library():
    assert list(Estimator) == list(ESTIMATORS)
    assert tuple(Device) == DEVICES


def test_the_simulated_dust_is_that_of_the_macros(built):
    """The simulation reads nothing of the SQL: its own coefficients are the same."""
    colour = np.array([-1.0, -0.3, 0.0, 0.7, 1.4, 2.1, 2.5, 3.0])
    dust = photometry.extinction(np.ones(colour.size), colour)
    for band in ("g", "bp", "rp"):
        ratios = built.execute(
            f"select gaia_r_{band}(unnest(?::double[]))", [colour.tolist()]
        ).fetchnumpy()
        (found,) = ratios.values()
        assert found == pytest.approx(dust[band], rel=1e-12), band
    # The near-infrared ratios agree as well as the two publications do.
    j, h, ks = photometry.R_J, photometry.R_H, photometry.R_KS
    found = built.execute(
        "select a_j_per_ks(), a_h_per_ks(), a_ks_per_ebv()"
    ).fetchone()
    assert np.array(found, dtype=float) == pytest.approx([j / ks, h / ks, ks], rel=0.02)


def test_the_simulated_rjce_is_that_of_the_macro(built):
    slope, zero = photometry.RJCE_SLOPE, photometry.RJCE_ZERO
    (found,) = built.execute(
        "select rjce_extinction(9.4::double, 9.2::double)"
    ).fetchone()
    assert found == pytest.approx(slope * (9.4 - 9.2 - zero))
