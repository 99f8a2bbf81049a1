"""NIfTI, NRRD and MetaImage as bytes: headers are checked in Python before any memory is taken for their voxels.

No native reader sees these files, so that no header can end the process, and the file that was named is the file that
is read: ITK takes ``x.nii`` for ``x.nii.gz`` where both are there, passes over checksums, and fills what is missing.
"""

from icac.ct.formats.header import DamagedError, ImageHeader
from icac.ct.formats.voxels import StoredImage, is_oriented, load_image

__all__ = ["DamagedError", "ImageHeader", "StoredImage", "is_oriented", "load_image"]
