"""Where pixels begin and end, and what bands take of them."""

import numpy as np
import pytest

from stellarwh.spectra.definitions import read_definitions
from stellarwh.spectra.pixels import bands_of, cover, pixel_edges


@pytest.mark.parametrize(
    ("waves", "begins", "ends"),
    [
        ([10, 12], [9, 11], [11, 13]),
        ([10, 12, 14], [9, 11, 13], [11, 13, 15]),
        ([10, 12, 15], [9, 11, 13.5], [11, 13.5, 16.5]),
        # Two steps, of which one is twice the other: a gap.
        ([10, 12, 16], [9, 11, 15], [11, 13, 17]),
        # A pixel left out, in the middle and beside the ends.
        ([1, 2, 3, 5, 6], [0.5, 1.5, 2.5, 4.5, 5.5], [1.5, 2.5, 3.5, 5.5, 6.5]),
        ([1, 3, 4, 5], [0.5, 2.5, 3.5, 4.5], [1.5, 3.5, 4.5, 5.5]),
        ([1, 2, 3, 5], [0.5, 1.5, 2.5, 4.5], [1.5, 2.5, 3.5, 5.5]),
    ],
)
def test_edges_are_half_way_but_for_gaps(waves, begins, ends):
    found = pixel_edges(np.array(waves, float))
    np.testing.assert_allclose(found, [begins, ends])


def test_a_band_is_covered_by_its_lines():
    """By hand: a band from 4847.875 to 4876.625 Å on pixels of 1 Å."""
    waves = np.arange(4815.0, 4905.0)
    bands = bands_of(read_definitions().chosen(["Hbeta"]))
    good = np.ones(len(waves), bool)
    covering = cover(bands, waves, good)
    # 0.125 Å up to the pixel at 4848, 28 whole lines and 0.625 Å: two points each.
    assert covering.count[0] == 2 * 30
    first, last = covering.start[0], covering.start[0] + covering.count[0] - 1
    assert covering.weight[first] == pytest.approx(0.125 / 2)
    assert covering.weight[last] == pytest.approx(0.625 / 2)
    assert covering.sums(covering.weight) == pytest.approx(bands.hi - bands.lo)
    # Each point is within its line, and takes its flux from both ends of it.
    assert (waves[covering.left] <= covering.place).all()
    assert (covering.place <= waves[covering.right]).all()
    np.testing.assert_allclose(covering.taken(waves[None])[0], covering.place)
    np.testing.assert_allclose(covering.covered, 1)
    good[40] = False
    bridged = cover(bands, waves, good)
    assert bridged.count[0] == 2 * 29
    assert 40 not in set(bridged.left) | set(bridged.right)
    np.testing.assert_allclose(bridged.taken(waves[None])[0], bridged.place)
    assert bridged.good[0] == pytest.approx(1 - 1 / 28.75)
