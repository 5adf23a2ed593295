"""Which figures there are for print, and which options each takes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A figure for print.

    Parameters
    ----------
    says : str
        What it shows.
    figure : str
        The figure of the report that has its rows.
    options : tuple of str
        What it takes besides a condition and a width.
    """

    says: str
    figure: str
    options: tuple[str, ...]


KINDS = {
    "kiel": Kind("log g against Teff of clean stars", "kiel", ("survey", "mean")),
    "sky": Kind("stars on the sky", "sky", ("survey",)),
    "cmd": Kind(
        "absolute G against colour of clean stars",
        "absolute_magnitude",
        ("survey", "mean"),
    ),
    "chemistry": Kind(
        "[α/Fe] against [Fe/H] of clean stars", "chemistry", ("survey", "mean")
    ),
    "offsets": Kind(
        "what two surveys differ by, for clean stars that both have",
        "pair_residual",
        ("left", "right", "against"),
    ),
    "residuals": Kind(
        "prediction against label of held-out stars", "prediction", ("task", "target")
    ),
    "coverage": Kind(
        "share of labels inside the intervals", "coverage", ("task", "target")
    ),
}
QUANTITIES = ("teff", "logg", "fe_h", "alpha_fe", "radial_velocity")
