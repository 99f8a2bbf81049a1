"""Mutants of every kind of file that is read: each ends in a result or in the project's own error."""
