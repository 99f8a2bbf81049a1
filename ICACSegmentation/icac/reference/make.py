"""Write the file of the reference head from the phantom: ``python -m icac.reference.make``."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from icac.anatomy.arrays import arrays_of
from icac.files import whole_file
from icac.phantom import mean_head
from icac.reference.head import FILE, IMAGE_FRAME


def make_reference(path: Path = FILE) -> None:
    """Render the mean head and write its image, rounded to whole HU, and its courses."""
    head = mean_head()
    parts = {"hu": np.rint(head.render(IMAGE_FRAME).hu).astype(np.int16), **arrays_of(head.courses)}
    content = io.BytesIO()
    np.savez_compressed(content, **parts)
    with whole_file(path) as temporary:
        temporary.write_bytes(content.getvalue())


if __name__ == "__main__":
    make_reference()
