"""What every kind of network has: its geometry, and what is known of it without torch."""
