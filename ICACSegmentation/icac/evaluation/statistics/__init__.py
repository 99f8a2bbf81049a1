"""What the measurements of many cases say together."""
