"""The door from Python: open a warehouse, ask it, work on it."""
