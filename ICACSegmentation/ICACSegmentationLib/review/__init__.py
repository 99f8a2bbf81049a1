"""The section Review of the panel: lesions are looked at and decided on, one after the other."""
