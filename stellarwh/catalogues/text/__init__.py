"""Delimited text, read and written."""
