"""From the tree of a query to SQL of DuckDB."""
