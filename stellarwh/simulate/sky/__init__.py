"""The simulated sky: its stars and who sees them."""
