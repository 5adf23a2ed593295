"""Cross-match any two tables or catalogue files on the sky."""

from stellarwh.match.columns import Side
from stellarwh.match.options import MODES, SAFE_RADIUS
from stellarwh.match.pairs import Matched, match_tables

__all__ = ["MODES", "SAFE_RADIUS", "Matched", "Side", "match_tables"]
