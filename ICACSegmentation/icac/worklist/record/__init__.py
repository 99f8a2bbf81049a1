"""What was done with the cases of a worklist, for people and for training."""
