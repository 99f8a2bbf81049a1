"""Several readers of one list: where the records of each are, what they made of a case, and a third reading of it."""
