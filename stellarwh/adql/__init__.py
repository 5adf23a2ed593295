"""ADQL 2.1, the query language of the Virtual Observatory, as SQL of DuckDB."""
