"""ECSV: text whose columns a header in YAML describes."""
