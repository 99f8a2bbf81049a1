"""The cases that are evaluated: where their files are, and their voxels on one frame."""
