"""The warehouse: its file, its SQL, what is built of it, checked and told."""
