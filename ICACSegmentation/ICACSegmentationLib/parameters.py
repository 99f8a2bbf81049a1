"""The choices of the user, kept in one parameter node so that they are saved and restored with the scene."""

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.parameterNodeWrapper import parameterNodeWrapper


@parameterNodeWrapper
class ICACParameterNode:
    """Parameters of the module.

    Attributes
    ----------
    inputVolume
        The CT to measure.
    segmentation
        The result that the panel shows.
    cpuOnly
        Compute without the graphics processor.

    """

    inputVolume: vtkMRMLScalarVolumeNode
    segmentation: vtkMRMLSegmentationNode
    cpuOnly: bool = False
