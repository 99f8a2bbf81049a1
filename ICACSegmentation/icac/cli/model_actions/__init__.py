"""What ``icac model`` does that takes long."""
