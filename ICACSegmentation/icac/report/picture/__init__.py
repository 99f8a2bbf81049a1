"""``overview.png``: the slices with most ICAC, for a look of a few seconds."""
