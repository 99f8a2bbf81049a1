"""The choices of the user, kept in one parameter node so that they are saved and restored with the scene."""

from typing import Annotated

from slicer import vtkMRMLDisplayableNode, vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper


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
    manual: vtkMRMLDisplayableNode
