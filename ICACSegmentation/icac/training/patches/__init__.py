"""What the network is shown: patches of training cases, varied at random."""
