"""Fits without each fold, side by side."""
