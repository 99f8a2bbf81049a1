"""What is ICAC in a simulated scan, and what became of each lesion in it."""
