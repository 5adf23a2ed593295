"""Catalogue files: a folder for each format, its reader beside its writer."""
