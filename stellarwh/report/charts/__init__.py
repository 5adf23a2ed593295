"""One module per kind of chart; each returns a drawing, or None without data."""
