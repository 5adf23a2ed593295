"""Spectra as published, and what is measured in them."""
