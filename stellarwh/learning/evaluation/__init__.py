"""How good held-out predictions are."""
