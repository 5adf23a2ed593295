"""How figures for print look: widths of journals, type, colours."""

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib as mpl

# mm: one column and the whole page of Astronomy & Astrophysics; those of MNRAS (84 and
# 177) and of the AAS journals (89 and 183) differ by less than 5 %.
WIDTHS = {"column": 88.0, "page": 180.0}
LEAST_WIDTH, MOST_WIDTH = 30.0, 600.0
INCH = 25.4  # mm

INK, MUTED, GRID = "#000000", "#595959", "#c8c8c8"
# Okabe and Ito's set, which colour-blind readers tell apart.
BLUE, ORANGE, GREEN, VERMILION = "#0072b2", "#e69f00", "#009e73", "#d55e00"

# Of what a quantity is called in a paper, with its unit.
_LABELS = {
    "teff": r"$T_\mathrm{eff}$ (K)",
    "logg": r"$\log\,g$ (dex)",
    "fe_h": "[Fe/H] (dex)",
    "alpha_fe": r"[$\alpha$/Fe] (dex)",
    "radial_velocity": r"RV (km s$^{-1}$)",
    "bp_rp_0": r"$(G_\mathrm{BP}-G_\mathrm{RP})_0$ (mag)",
    "j_ks_0": r"$(J-K_\mathrm{s})_0$ (mag)",
    "abs_g": r"$M_G$ (mag)",
    "abs_ks": r"$M_{K_\mathrm{s}}$ (mag)",
}

_STYLE: dict[str, object] = {
    "font.family": "DejaVu Sans",
    "mathtext.fontset": "dejavusans",
    "font.size": 7.5,
    "axes.labelsize": 8,
    "axes.titlesize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "axes.linewidth": 0.6,
    "axes.axisbelow": True,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "xtick.minor.visible": True,
    "ytick.minor.visible": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.0,
    "image.interpolation": "none",
    # Type is embedded: as TrueType in PDF, as outlines in SVG, which has no other way.
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "stellarwh",
    "savefig.dpi": 300,
    "figure.constrained_layout.use": True,
}


@contextmanager
def printed() -> Iterator[None]:
    """Draw for print meanwhile, whatever the user's own settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def label_of(quantity: str, fallback: str = "") -> str:
    """Return what an axis says of a quantity.

    Examples
    --------
    >>> label_of("fe_h"), label_of("snr", "S/N")
    ('[Fe/H] (dex)', 'S/N')
    """
    return _LABELS.get(quantity, fallback or quantity)
