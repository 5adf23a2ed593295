"""The simulated GALAH."""
