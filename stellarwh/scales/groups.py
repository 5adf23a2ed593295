"""The groups of stars for which errors are judged apart: giants, dwarfs, S/N."""

from dataclasses import dataclass

import numpy as np

from stellarwh.scales.sample import Booleans, Integers, Sample

STAGES = ("dwarf", "giant")
_PARTS = (20, 40, 60, 80)  # per cent of the stars
_LEAST = 600  # stars of a survey, for ranges of S/N


@dataclass(frozen=True)
class Groups:
    """Every survey's stages times its ranges of S/N.

    Attributes
    ----------
    survey : tuple of int
        The number of each group's survey in the sample.
    edges : tuple of tuple of float
        Of the ranges of S/N of each survey: from 0 to infinity.
    first : tuple of int
        The number of each survey's first group.
    """

    survey: tuple[int, ...]
    edges: tuple[tuple[float, ...], ...]
    first: tuple[int, ...]

    def of_stars(self, sample: Sample, is_giant: Booleans) -> dict[str, Integers]:
        """Return the number of each star's group, by survey."""
        found = {}
        for number, name in enumerate(sample.surveys):
            inner = np.asarray(self.edges[number][1:-1])
            part = np.searchsorted(inner, np.nan_to_num(sample.snr[name]), "right")
            found[name] = (
                self.first[number] + is_giant * (len(inner) + 1) + part
            ).astype(np.int64)
        return found


def make_groups(sample: Sample) -> Groups:
    """Return groups of a sample: fifths of each survey's stars by S/N."""
    survey: list[int] = []
    edges, first = [], []
    for number, name in enumerate(sample.surveys):
        snr = sample.snr[name]
        known = snr[np.isfinite(snr)]
        inner: list[float] = []
        if known.size >= _LEAST:
            inner = sorted({float(np.rint(p)) for p in np.percentile(known, _PARTS)})
        edges.append((0.0, *(edge for edge in inner if edge > 0), np.inf))
        first.append(len(survey))
        survey += [number] * (len(STAGES) * (len(edges[-1]) - 1))
    return Groups(tuple(survey), tuple(edges), tuple(first))
