"""Tables as HATS collections: what LSDB opens where one machine is too small."""
