"""What surveys, catalogues and software ask to be cited: TOML files, read here."""
