"""What a head is described with: its parameters, those of the bones of each side, and the solids they shape."""
