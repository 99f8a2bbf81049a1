"""Results of earlier versions, which lay in the folder of the subject or session itself."""

from __future__ import annotations

import uuid
from pathlib import Path

from icac.cohort.scans.tree import HIDDEN, RECORD
from icac.files.whole import put
from icac.result_files import DATATYPE


def move_old_results(root: Path) -> None:
    """Move finished scans of earlier versions to where they lie now; one on its way when killed is computed again.

    Parameters
    ----------
    root : Path
        Folder of a cohort, of which nothing else makes use meanwhile.

    """
    for record in (*root.glob(f"sub-*/{RECORD}"), *root.glob(f"sub-*/ses-*/{RECORD}")):
        folder, aside = record.parent, root / HIDDEN / f"removed-{uuid.uuid4().hex[:8]}"
        put(folder, aside, durable=False)
        folder.mkdir()
        put(aside, folder / DATATYPE)
