"""The chain of one star, from the cells of the catalogues to its values."""

from stellarwh.explain.chain import USUAL, explain_star
from stellarwh.explain.explanation import Explanation, Stage, Step
from stellarwh.explain.names import KINDS

__all__ = ["KINDS", "USUAL", "Explanation", "Stage", "Step", "explain_star"]
