"""How much memory a pass of the network may take."""

from __future__ import annotations

from icac.inference.memory_limits import free_bytes

#: Memory that is taken to be free where the system does not tell.
ASSUMED_BYTES = 4 * 2**30

#: Part of the free memory that a pass may plan with.
USABLE_PART = 0.5


def usable_bytes(device: str) -> int:
    """Return how many bytes a pass on ``device`` (``cpu``, ``cuda`` or ``mps``) may plan with."""
    if device == "cuda":
        import torch

        cached = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
        return int(USABLE_PART * (torch.cuda.mem_get_info()[0] + cached))
    free = free_bytes()
    return int(USABLE_PART * (ASSUMED_BYTES if free is None else free))
