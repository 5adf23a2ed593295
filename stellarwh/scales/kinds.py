"""Kinds of quantities: errors of one kind are stated alike."""

from stellarwh.scales.places import COVARIATES

# Zero points alone do for what no parameter of a star can change.
CONSTANT = ("radial_velocity",)
PARAMETERS = (*COVARIATES, "alpha_fe")


def kind_of(quantity: str) -> str:
    """Return of which kind a quantity is."""
    if quantity in PARAMETERS:
        return "parameter"
    return quantity if quantity in CONSTANT else "abundance"


def is_near(kind: str, other: str) -> bool:
    """Return whether two kinds are near: parameters and abundances are of one fit."""
    return kind == other or not {kind, other} & set(CONSTANT)
