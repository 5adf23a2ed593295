"""What makes a figure: one query with a name, for pages, files and whoever asks.

A chart draws the rows; it never asks for them.
"""
