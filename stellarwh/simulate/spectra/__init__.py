"""Simulated spectra: lines whose strength follows the star, in LAMOST's layout."""
