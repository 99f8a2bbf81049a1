"""The bones of the parametric head."""
