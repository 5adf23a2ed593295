"""The warehouse as a service of the Virtual Observatory: TAP 1.1 and cone search."""
