"""Whether a report is of the scan that is at hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from icac.ct import CTScan
from icac.ct.scan import voxels_sha256


def is_of_another_scan(report: Mapping[str, Any], scan: CTScan) -> bool:
    """Tell whether a report was written for other voxels than those of a scan, by the checksums that it has.

    Raises
    ------
    AttributeError, TypeError
        The report is damaged.

    """
    told = report.get("input") or {}
    if "voxels_sha256" in told:
        return told["voxels_sha256"] != voxels_sha256(scan.volume)
    # Reports before format 1.3 have a checksum that only files of the same kind share.
    known = told.get("identity", {}).get("sha256")
    return known is not None and told.get("kind") == scan.kind and known != scan.identity["sha256"]
