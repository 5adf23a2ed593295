"""One statement that only reads, and how its result is shown."""
