"""Rows of the warehouse as files, with their units and descriptions."""
