"""The section Compare of the panel: a result beside manual regions."""
