"""The section Export of the panel: a result in the form the user chooses."""
