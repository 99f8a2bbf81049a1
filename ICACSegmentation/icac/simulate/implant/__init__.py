"""Calcifications implanted into real scans."""
