"""A run from its first step to its model package, resumable at any moment."""
