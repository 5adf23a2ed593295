import fcntl
import os

import pytest

from stellarwh.errors import StellarwhError
from stellarwh.simulate import simulate


def test_two_simulations_do_not_share_a_folder(tmp_path):
    other = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    with pytest.raises(StellarwhError, match="Another simulation"):
        simulate(tmp_path, stars=1, seed=1)
    assert list(tmp_path.iterdir()) == []
    os.close(other)
    assert simulate(tmp_path, stars=100, seed=1)["apogee"].exists()
