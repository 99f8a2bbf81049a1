"""A voxel array together with the frame that places it in patient space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from icac.geometry.box import Box, box_of
from icac.geometry.frame import Frame, covered_block

if TYPE_CHECKING:
    import SimpleITK as sitk  # noqa: N813


@dataclass(frozen=True, eq=False)
class Volume:
    """Voxel values on a frame.

    Attributes
    ----------
    array : numpy.ndarray
        Values, shape (z, y, x). HU if the volume is a CT.
    frame : Frame
        Where the voxels lie.

    """

    array: np.ndarray
    frame: Frame

    def __post_init__(self) -> None:
        if self.array.shape != self.frame.shape:
            raise ValueError(f"Array shape {self.array.shape} does not fit the frame's {self.frame.shape} (z, y, x).")

    def like(self, array: np.ndarray) -> Volume:
        """Return another volume with ``array`` (z, y, x) on the same frame."""
        return Volume(array, self.frame)

    def to_sitk(self) -> sitk.Image:
        """Copy into a SimpleITK image with the same frame (oblique and sheared axes included)."""
        import SimpleITK as sitk  # noqa: N813

        array = self.array.astype(np.uint8) if self.array.dtype == bool else self.array
        image = sitk.GetImageFromArray(array)
        image.SetSpacing(self.frame.spacing)
        image.SetOrigin(self.frame.origin)
        image.SetDirection(self.frame.direction.ravel().tolist())
        return image

    @classmethod
    def from_sitk(cls, image: sitk.Image) -> Volume:
        """Copy a 3D scalar SimpleITK image."""
        import SimpleITK as sitk  # noqa: N813

        affine = np.eye(4)
        affine[:3, :3] = np.asarray(image.GetDirection()).reshape(3, 3) * np.asarray(image.GetSpacing())
        affine[:3, 3] = image.GetOrigin()
        return cls(sitk.GetArrayFromImage(image), Frame(affine, image.GetSize()))

    def crop(self, start: tuple[int, int, int], size: tuple[int, int, int]) -> Volume:
        """Return the block at index ``start`` (x, y, z) of ``size``, which lies inside; it shares the voxels."""
        return self.part(box_of(start, size))

    def part(self, box: Box) -> Volume:
        """Return a box of the voxels, slices for (z, y, x) within the array; it shares the voxels."""
        return Volume(self.array[box], self.frame.part(box))

    def resample(self, frame: Frame, transform: np.ndarray | None = None, *, interpolation: str = "linear",
                 outside: float = 0.0) -> Volume:
        """Sample this volume on another frame.

        Parameters
        ----------
        frame : Frame
            Output grid.
        transform : numpy.ndarray, optional
            4 x 4 affine that maps LPS points of the *output* space to LPS points of this volume's space
            (the direction in which SimpleITK resamples). Identity if omitted.
        interpolation : {"linear", "nearest"}
        outside : float
            Value outside this volume.

        Returns
        -------
        Volume
            Of the same dtype as this volume (bool becomes uint8).

        """
        import SimpleITK as sitk  # noqa: N813

        matrix = np.eye(4) if transform is None else np.asarray(transform, dtype=float)
        affine = sitk.AffineTransform(3)
        affine.SetMatrix(matrix[:3, :3].ravel().tolist())
        affine.SetTranslation(matrix[:3, 3].tolist())
        image = self._needed(frame, matrix).to_sitk()
        method = {"linear": sitk.sitkLinear, "nearest": sitk.sitkNearestNeighbor}[interpolation]
        out = sitk.Resample(image, list(frame.size), affine, method, list(frame.origin), list(frame.spacing),
                            frame.direction.ravel().tolist(), float(outside), image.GetPixelID())
        return Volume(sitk.GetArrayFromImage(out), frame)

    def _needed(self, frame: Frame, transform: np.ndarray) -> Volume:
        """Return the block that sampling on a frame looks at, so that no more is copied; the whole if it is none."""
        start, size = covered_block(frame, self.frame, transform)
        return self.crop(start, size) if min(size) > 0 else self
