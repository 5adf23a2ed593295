"""The layouts of spectrum files that are known."""

from stellarwh.spectra.layouts import apogee, galah, lamost_lrs, lamost_mrs, sdss
from stellarwh.spectra.layouts.layout import Layout

LAYOUTS: tuple[Layout, ...] = (
    *lamost_lrs.LAYOUTS,
    *lamost_mrs.LAYOUTS,
    *sdss.LAYOUTS,
    *galah.LAYOUTS,
    *apogee.LAYOUTS,
)
SURVEYS = tuple(dict.fromkeys(layout.survey for layout in LAYOUTS))
