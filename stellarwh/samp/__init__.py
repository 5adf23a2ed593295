"""Tables to and from other programs of this machine, by SAMP."""
