"""Damage to archives of arrays: other shapes, types and values, arrays that are missing, damaged bytes."""

from __future__ import annotations

import io
from contextlib import suppress
from random import Random

import numpy as np

from Testing.fuzz.damaged_bytes import damage_bytes

#: What becomes of an array.
_WAYS = (
    lambda array: array[None], lambda array: array.ravel(), lambda array: array[:0], lambda array: array[..., :-1],
    lambda array: array.astype(float) * np.nan, lambda array: array.astype(float) + np.inf, lambda array: array * 0,
    lambda array: array.astype("U5"), lambda array: array.astype(np.complex64), lambda array: array.astype(bool),
    lambda array: array.astype(np.float16), lambda array: np.array(5), lambda array: np.array("x"),
    lambda array: array[::-1].T, lambda array: np.full_like(array, -1) if array.dtype.kind in "if" else array)


def damage_arrays(data: bytes, rng: Random) -> bytes:
    """Return an archive of arrays of which one is damaged, or its bytes."""
    if rng.random() < 0.5:
        return damage_bytes(data, rng)
    with np.load(io.BytesIO(data)) as file:
        arrays = dict(file)
    name = rng.choice(sorted(arrays))
    array = arrays.pop(name)
    if rng.random() < 0.8:
        with suppress(ValueError, TypeError, IndexError):  # not every array can be damaged in every way
            arrays[name] = rng.choice(_WAYS)(array)
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()
