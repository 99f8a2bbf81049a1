"""The settings of a training run: their defaults, presets, and reading them."""
