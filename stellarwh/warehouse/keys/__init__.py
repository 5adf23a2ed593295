"""Declared keys: counted, or proved from the SQL of a view."""
