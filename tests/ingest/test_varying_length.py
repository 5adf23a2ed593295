"""FITS columns of varying length become LIST columns of the raw table."""

import numpy as np
import pytest
from astropy.io import fits

from stellarwh.errors import StellarwhError
from stellarwh.ingest import ingest_survey


def test_arrays_of_varying_length_become_a_list_column(connection, tmp_path):
    spectra = np.empty(3, dtype=object)
    spectra[:] = [np.array([1.5, 2.5]), np.array([]), np.array([3.5])]
    path = tmp_path / "t.fits"
    fits.BinTableHDU.from_columns(
        [
            fits.Column("id", "K", array=[1, 2, 3]),
            fits.Column("ra", "D", array=[1.0, 2.0, 3.0]),
            fits.Column("dec", "D", array=[1.0, 2.0, 3.0]),
            fits.Column("flux", "PD()", array=spectra),
        ]
    ).writeto(path)
    ingest_survey(connection, "mine", path, ra="ra", dec="dec")
    rows = connection.execute("select flux from raw.mine order by id").fetchall()
    assert rows == [([1.5, 2.5],), ([],), ([3.5],)]
    kind = connection.execute("select any_value(typeof(flux)) from raw.mine")
    assert kind.fetchone() == ("DOUBLE[]",)


def test_a_position_column_that_cannot_be_read_is_refused(connection, tmp_path):
    path = tmp_path / "t.fits"
    wide = fits.Column("ra", "100001D", array=np.zeros((1, 100_001)))
    fits.BinTableHDU.from_columns([wide, fits.Column("dec", "D", array=[1.0])]).writeto(
        path
    )
    with pytest.raises(StellarwhError, match="column ra cannot be read: its cells"):
        ingest_survey(connection, "mine", path, ra="ra", dec="dec")
