"""Exact counts of all stars, in cells, that a page links its diagrams by."""
