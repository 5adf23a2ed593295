"""Files of a simulation."""
