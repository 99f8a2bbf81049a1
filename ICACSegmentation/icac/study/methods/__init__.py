"""Architectures and losses, and the ensemble of the best, compared on one set of cases."""
