"""VOTables, read and written."""
