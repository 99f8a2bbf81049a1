"""Hidden files and folders hold no scans, results or models: macOS leaves a ``._`` file beside each on other disks."""


def is_hidden(name: str) -> bool:
    """Tell whether a file or folder of this name, without its path, is hidden."""
    return name.startswith(".")
