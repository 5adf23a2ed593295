"""What of the site is generated when it is built."""
