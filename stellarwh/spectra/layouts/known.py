"""The layouts of spectrum files that are known."""

from stellarwh.spectra.layouts import lamost_lrs
from stellarwh.spectra.layouts.layout import Layout

LAYOUTS: tuple[Layout, ...] = (*lamost_lrs.LAYOUTS,)
SURVEYS = tuple(dict.fromkeys(layout.survey for layout in LAYOUTS))
