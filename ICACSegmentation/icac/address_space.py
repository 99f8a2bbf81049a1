"""How much address space this process may take."""

from __future__ import annotations


def address_space_limit() -> int | None:
    """Return the limit in bytes (``ulimit -v``), None if there is none."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit
