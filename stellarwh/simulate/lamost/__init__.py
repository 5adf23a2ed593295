"""The simulated LAMOST."""
