"""FITS tables, read and written."""
