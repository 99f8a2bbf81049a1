"""An axial slice view of Slicer without the application: its real displayable managers in an off-screen window."""

from __future__ import annotations

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy


class SliceView:
    """Draws a volume and the segmentations of the scene.

    Parameters
    ----------
    application
        The host's ``slicer.app``.
    width, height : int
        Pixels.

    """

    def __init__(self, application, width: int, height: int) -> None:
        self._renderer, self._window = vtk.vtkRenderer(), vtk.vtkRenderWindow()
        self._window.SetOffScreenRendering(True)
        self._window.AddRenderer(self._renderer)
        self._window.SetSize(width, height)
        self._interactor = vtk.vtkRenderWindowInteractor()      # displayable managers ask for it
        self._interactor.SetRenderWindow(self._window)
        self._interactor.Initialize()
        self._renderer.GetActiveCamera().ParallelProjectionOn()
        self._logic = slicer.vtkMRMLSliceLogic()
        self._logic.SetMRMLApplicationLogic(application.applicationLogic())
        self._logic.SetMRMLScene(slicer.mrmlScene)
        self._node = self._logic.AddSliceNode("Red")
        self._node.SetOrientationToAxial()
        self._node.SetMappedInLayout(True)
        self._show_segmentations(application)
        self._mapper = self._add_image()
        self._logic.ResizeSliceNode(width, height)

    def _show_segmentations(self, application) -> None:
        factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
        factory.SetMRMLApplicationLogic(application.applicationLogic())
        factory.RegisterDisplayableManager("vtkMRMLSegmentationsDisplayableManager2D")
        self._managers = slicer.vtkMRMLDisplayableManagerGroup()
        self._managers.SetRenderer(self._renderer)
        self._managers.Initialize(factory, self._renderer)
        self._managers.SetMRMLDisplayableNode(self._node)

    def _add_image(self) -> vtk.vtkImageMapper:
        mapper, actor = vtk.vtkImageMapper(), vtk.vtkActor2D()
        mapper.SetColorWindow(255)
        mapper.SetColorLevel(127.5)
        actor.SetMapper(mapper)
        actor.GetProperty().SetDisplayLocationToBackground()
        self._renderer.AddViewProp(actor)
        return mapper

    def show(self, volume, center_ras, field_mm: float) -> None:
        """Show the slice of a volume through a point, ``field_mm`` high."""
        self._logic.GetSliceCompositeNode().SetBackgroundVolumeID(volume.GetID())
        width, height = self._window.GetSize()
        self._node.SetFieldOfView(field_mm * width / height, field_mm, 1)
        self._node.JumpSliceByCentering(*center_ras)

    def pixels(self) -> np.ndarray:
        """Return the picture, uint8 (rows, columns, 3)."""
        self._mapper.SetInputConnection(self._logic.GetImageDataConnection())
        self._window.Render()
        grab = vtk.vtkWindowToImageFilter()
        grab.SetInput(self._window)
        grab.ReadFrontBufferOff()
        grab.Update()
        width, height, _ = grab.GetOutput().GetDimensions()
        return vtk_to_numpy(grab.GetOutput().GetPointData().GetScalars()).reshape(height, width, 3)[::-1].copy()
