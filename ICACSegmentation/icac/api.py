"""What is used every day, as ``icac.segment`` and ``icac.Result``: one scan in, measured ICAC out.

>>> from icac import segment
>>> result = segment("head_ct/", region="carotid", min_volume_mm3=1.0)
>>> result.mask.array.shape == result.content.scan.volume.array.shape
True
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from icac.anatomy import Side
from icac.geometry import Volume
from icac.pipeline import segment_file
from icac.progress import Progress
from icac.result import SegmentedScan
from icac.settings import Settings

if TYPE_CHECKING:
    from icac.models import ModelPackage


@dataclass(frozen=True, eq=False)
class Result:
    """A segmented scan.

    Attributes
    ----------
    content : SegmentedScan
        Everything that is reported: lesions, burden, mask, probability, courses, provenance, warnings.

    """

    content: SegmentedScan

    @property
    def volume_mm3(self) -> float:
        """Volume of all ICAC in mm3."""
        return self.content.burden.total.volume_mm3

    @property
    def mask(self) -> Volume:
        """The segmentation as bool (z, y, x) on the voxels of the scan."""
        return self.content.scan.volume.like(self.content.mask)

    def side_volume_mm3(self, side: Side | str) -> float:
        """Volume of the ICAC of one side of the patient in mm3."""
        return self.content.burden.by_side[Side(side)].volume_mm3

    def save(self, folder: str | Path, *, save_probability: bool = False, dicom: str = "") -> dict[str, Path]:
        """Write mask, segmentation, tables, report and picture into ``folder``.

        Parameters
        ----------
        folder : str or Path
        save_probability : bool
        dicom : {"", "side", "lesion", "one"}
            Also write segmentation, report and pictures as DICOM, with a segment for each of these
            (:mod:`icac.report.dicom`).

        Raises
        ------
        OutputError
            If the folder cannot be written.
        InputError, IcacError
            If DICOM is asked for of a scan that is none, or without highdicom.

        """
        from icac.report import write_results

        return write_results(folder, self.content, save_probability=save_probability, dicom=dicom)


def segment(path: str | Path, *, model: str | Path | ModelPackage | None = None, device: str = "auto",
            engine: str = "auto", series: str | None = None, threshold: float | None = None,
            lesion_threshold: float | None = None, region: str = "auto", min_volume_mm3: float = 0.0,
            harmonise: str = "auto", assume: str | None = None, scores: str | Path | None = None, prefer: str = "",
            precision: str = "auto", poses: int | None = None, progress: Progress | None = None) -> Result:
    """Segment the ICAC of one CT.

    Parameters
    ----------
    path : str or Path
        DICOM folder or file, NIfTI, NRRD or MetaImage.
    model : str, Path or ModelPackage, optional
        Name of an installed model, folder of a model package, or a loaded package. The default model if omitted.
    device : {"auto", "cpu", "cuda", "mps"}
    engine : {"auto", "openvino", "torch"}
        What runs the network, see :func:`icac.inference.load_engine`.
    series : str, optional
        Which series, where a DICOM folder holds several; the best by the rule of :mod:`icac.ct.series.choose` if
        omitted.
    threshold : float, optional
        Probability above which a voxel of at least 130 HU is ICAC. The model's own if omitted.
    lesion_threshold : float, optional
        Probability that some voxel of a lesion must reach. The model's own if omitted.
    region : {"auto", "carotid", "crop"}
        Look only around the carotid courses, or in the whole crop of the paper. ``auto`` takes the crop where the
        registration is uncertain, but for networks that are told the position: they learn near the courses only, and
        what they find farther away means nothing.
    min_volume_mm3 : float
        Lesions smaller than this are dropped. Nothing is dropped by default.
    harmonise : {"auto", "off"}
        Bring scans that are sharper than the reference conditions to them before anything is sought or measured
        (:mod:`icac.ct.harmonise`), or take every scan as it is.
    precision : {"auto", "float32", "bf16"}
        Numbers of the network, see :class:`icac.inference.openvino_engine.OpenVinoEngine`.
    poses : int, optional
        Over how many poses of the head on the network's grid the mean is taken where there may be a lesion
        (:mod:`icac.poses`). The model's own if omitted.
    assume : {"lps", "ras"}, optional
        Where the voxel axes run of a file that does not tell, see :func:`icac.ct.read_ct`.
    scores : str or Path, optional
        File of rules by which visual scores are proposed (:mod:`icac.scores`); those of the library if omitted.
    prefer : str
        What counts more than that rule: thin, thick, soft, sharp, or words of a description, joined by commas.
    progress : Progress, optional

    Returns
    -------
    Result

    Raises
    ------
    InputError, RegistrationError, ModelError, DeviceError
        Each with one sentence that says what is wrong and what to do.

    """
    package = None if model is None or isinstance(model, str | Path) else model
    settings = Settings("" if package else str(model or ""), device, engine, series or "", threshold, lesion_threshold,
                        region, min_volume_mm3, harmonise, assume or "", str(scores or ""), prefer, precision,
                        poses)
    return Result(segment_file(path, settings, package=package, progress=progress))
