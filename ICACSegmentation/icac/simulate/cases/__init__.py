"""One simulated case, from a seed: a patient and its scan, for a cohort or for training."""
