"""Finding the cases of a worklist, in a folder or a table."""
