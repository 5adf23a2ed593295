"""How far a prediction may be from the truth."""
