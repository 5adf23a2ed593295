"""Runs: stored, found again, loaded and applied."""
