"""Figures for print: those of the report's queries, as PDF, SVG or PNG."""

from stellarwh.report.plots.kinds import KINDS
from stellarwh.report.plots.write import write_plot

__all__ = ["KINDS", "write_plot"]
