"""Where voxels lie: frames and volumes.

Axis orders, once and for all: numpy arrays are (z, y, x); a voxel index is (i, j, k) = (x, y, z) as in
SimpleITK; physical points are LPS in mm as in DICOM and SimpleITK. RAS appears only where Slicer or a report
asks for it, through :func:`lps_to_ras`.
"""

from icac.geometry.blocks import averaged_blocks
from icac.geometry.frame import FARTHEST_MM, Frame, covered_block, lps_to_ras
from icac.geometry.orientation import rotation_of, upright, upright_order
from icac.geometry.volume import Volume
from icac.three import three

__all__ = ["FARTHEST_MM", "Frame", "Volume", "averaged_blocks", "covered_block", "lps_to_ras", "rotation_of", "three",
           "upright", "upright_order"]
