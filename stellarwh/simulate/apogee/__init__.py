"""The simulated APOGEE."""
