"""The section Correct of the panel: the voxels of a lesion are changed."""
