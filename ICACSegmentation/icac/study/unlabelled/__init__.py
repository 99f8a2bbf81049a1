"""Cases without a label: marked by a model, and what they are worth."""
