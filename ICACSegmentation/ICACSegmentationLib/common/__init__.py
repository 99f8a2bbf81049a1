"""What all parts of the panel share: signals, timers, sentences, colours, keys, and the parameters of the scene."""
