"""Layouts of spectrum files, a module for each family of them."""
