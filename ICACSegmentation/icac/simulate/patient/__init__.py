"""A patient to be scanned: the head, its calcifications and what looks like them."""
