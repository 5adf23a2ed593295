"""The simulated extract of Gaia DR3."""
