"""Calibrating a trained model on cases that it was not trained on."""
