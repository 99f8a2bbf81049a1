"""What the outputs of a network are worth as probabilities: histograms of logits, temperature, thresholds."""
