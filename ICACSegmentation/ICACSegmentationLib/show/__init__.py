"""The section 3D of the panel: bone, carotid course and outlines."""
