"""The tables and texts of an evaluation, and the folder they are written into."""
