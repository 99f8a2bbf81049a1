"""The choices of the user, kept in one parameter node so that they are saved and restored with the scene."""

from typing import Annotated, Union

from slicer import (
    vtkMRMLLabelMapVolumeNode,
    vtkMRMLMarkupsClosedCurveNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLSegmentationNode,
)
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper

#: What can hold manual regions. Slicer makes one of each class to ask for its name, so none may be abstract; it does
#: not understand ``X | Y`` before 5.12, and without None the parameter could not be empty.
ManualRegions = Union[  # noqa: UP007
    vtkMRMLSegmentationNode, vtkMRMLLabelMapVolumeNode, vtkMRMLMarkupsClosedCurveNode, None]


@parameterNodeWrapper
class ICACParameterNode:
    """Parameters of the module.

    Attributes
    ----------
    inputVolume
        The CT to measure.
    segmentation
        The result that the panel shows.
    model
        Name of an installed model, or folder of a model package; the default model if empty.
    device
        ``auto``, ``cpu``, ``cuda`` or ``mps``.
    threshold
        Probability above which a voxel is ICAC; that of the model if 0.
    manual
        Segmentation, labelmap or closed curve that holds the manual regions to compare with.

    """

    inputVolume: vtkMRMLScalarVolumeNode
    segmentation: vtkMRMLSegmentationNode
    model: str = ""
    device: str = "auto"
    threshold: Annotated[float, WithinRange(0.0, 0.99)] = 0.0
    manual: ManualRegions
