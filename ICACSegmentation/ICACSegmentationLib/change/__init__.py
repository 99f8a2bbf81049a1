"""The section that compares two scans of one person."""
