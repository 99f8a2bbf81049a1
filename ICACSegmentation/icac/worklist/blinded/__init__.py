"""Blinded comparison of two outlines, and what its choices say."""
