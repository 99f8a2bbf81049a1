"""The internal carotid arteries of the parametric head."""
