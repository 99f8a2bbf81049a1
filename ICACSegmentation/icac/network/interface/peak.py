"""Counting the memory that tensors take while something runs."""

from __future__ import annotations

import weakref
from collections import Counter
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Peak(TorchDispatchMode):
    """While it is entered: how many bytes the tensors that torch makes take at most at once, also without content.

    Attributes
    ----------
    bytes : int

    """

    def __init__(self) -> None:
        super().__init__()
        self.bytes = self._now = 0
        self._users: Counter[int] = Counter()

    def __torch_dispatch__(self, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation of torch and take note of what it makes."""
        made = operation(*args, **(kwargs or {}))
        for tensor in tree_leaves(made):
            if isinstance(tensor, torch.Tensor):
                self._note(tensor)
        return made

    def _note(self, tensor: torch.Tensor) -> None:
        storage = tensor.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        if not self._users[key]:
            self._now += size
            self.bytes = max(self.bytes, self._now)
        self._users[key] += 1
        weakref.finalize(tensor, self._forget, key, size)

    def _forget(self, key: int, size: int) -> None:
        self._users[key] -= 1
        if not self._users[key]:
            self._now -= size
