"""Every command, in the order that help lists them."""

from stellarwh.cli import (
    agents,
    catalogues,
    citing,
    download,
    exchange,
    explaining,
    learning,
    matching,
    plots,
    scales,
    serving,
    simulation,
    spectra,
    warehouse,
)
from stellarwh.cli.application import app

__all__ = [
    "agents",
    "app",
    "catalogues",
    "citing",
    "download",
    "exchange",
    "explaining",
    "learning",
    "matching",
    "plots",
    "scales",
    "serving",
    "simulation",
    "spectra",
    "warehouse",
]
