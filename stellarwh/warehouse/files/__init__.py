"""The file of a warehouse, and how one writes while others read."""
