"""The host (see README.md): ``python -m Testing.host`` opens it as a window."""
