"""What a reviewer decided about a lesion, and where the lesion comes from."""

from __future__ import annotations

from enum import Enum


class Status(str, Enum):
    """Decision of the reviewer."""

    UNREVIEWED = "unreviewed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FLAGGED = "flagged"
    """To be looked at again, by the same or another reader; counts like an unreviewed lesion."""


class Origin(str, Enum):
    """Where a lesion comes from."""

    PREDICTED = "predicted"
    """Found by the network above the threshold."""
    SUGGESTED = "suggested"
    """Found by the network below the threshold; does not count until it is accepted."""
    ADDED = "added"
    """Drawn or grown by the reviewer."""
    SPLIT = "split"
    """A piece of another lesion that a correction divided."""
