"""A finished result in the scene: its figures, and what belongs to it."""
