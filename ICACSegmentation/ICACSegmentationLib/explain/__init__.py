"""Why the selected lesion was called one: what spoke for and against it, over the CT."""
