"""What a command needs of the machine: interrupts, limits, progress, files."""
