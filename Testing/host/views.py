"""Slice and 3D views of Slicer: its real logics, displayable managers and mouse styles, in off-screen windows.

The widgets only paint what the window holds and pass the mouse on to it.
"""

from __future__ import annotations

import qt
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

SLICE_MANAGERS = ("VolumeGlyphSlice", "ModelSlice", "Crosshair", "OrientationMarker", "Ruler", "ScalarBar",
                  "Segmentations{}2D", "Markups")
THREED_MANAGERS = ("Camera", "View", "Model", "ThreeDReformat", "Crosshair{}3D", "OrientationMarker", "Ruler",
                   "Segmentations{}3D", "Markups")

#: Mouse buttons of Qt and the names VTK has for them.
BUTTONS = {qt.Qt.MouseButton.LeftButton: "Left", qt.Qt.MouseButton.MiddleButton: "Middle",
           qt.Qt.MouseButton.RightButton: "Right"}


class View(qt.QWidget):
    """A view of a view node."""

    def __init__(self, node, factory_class, managers, style):
        super().__init__()
        self._node = node
        self._renderer, self._window = vtk.vtkRenderer(), vtk.vtkRenderWindow()
        self._window.SetOffScreenRendering(True)
        self._window.SetMultiSamples(0)         # otherwise what is translucent is not drawn here
        self._renderer.SetUseFXAA(True)
        self._window.AddRenderer(self._renderer)
        self._interactor = vtk.vtkGenericRenderWindowInteractor()
        self._interactor.SetRenderWindow(self._window)
        self._interactor.SetInteractorStyle(vtk.vtkInteractorStyleUser())      # does nothing; Slicer's own follows
        self._managers = self._make_managers(factory_class, managers)
        self._managers.AddObserver(vtk.vtkCommand.UpdateEvent, self.scheduleRender)
        self._style = style
        style.SetDisplayableManagers(self._managers)
        self._interactor.Initialize()
        style.SetInteractor(self._interactor)
        self.setMinimumSize(80, 80)
        self.setMouseTracking(True)

    def _make_managers(self, factory_class, names):
        factory = factory_class.GetInstance()
        factory.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        for name in names:
            full = f"vtkMRML{name}" if "{}" in name else f"vtkMRML{name}{{}}"
            full = full.format("DisplayableManager")
            if not factory.IsDisplayableManagerRegistered(full):
                factory.RegisterDisplayableManager(full)
        managers = slicer.vtkMRMLDisplayableManagerGroup()
        managers.SetRenderer(self._renderer)
        managers.Initialize(factory, self._renderer)
        managers.SetMRMLDisplayableNode(self._node)
        return managers

    def renderWindow(self):  # noqa: N802
        """Return the window that holds the picture."""
        return self._window

    def scheduleRender(self, *_event):  # noqa: N802
        """Draw again when there is time."""
        self.update()

    def forceRender(self):  # noqa: N802
        """Draw now."""
        self._prepare()
        self._window.Render()

    def _prepare(self):
        ratio = self.devicePixelRatioF()
        size = [max(1, round(n * ratio)) for n in (self.width, self.height)]
        if list(self._window.GetSize()) != size:
            self._window.SetSize(*size)
            self._interactor.UpdateSize(*size)

    def resizeEvent(self, event):  # noqa: N802
        """Tell the window and the view node."""
        super().resizeEvent(event)
        self._prepare()

    def paintEvent(self, event):  # noqa: N802
        """Show the window's picture."""
        self.forceRender()
        grab = vtk.vtkWindowToImageFilter()
        grab.SetInput(self._window)
        grab.ReadFrontBufferOff()
        grab.ShouldRerenderOff()
        grab.Update()
        width, height, _ = grab.GetOutput().GetDimensions()
        rows = vtk_to_numpy(grab.GetOutput().GetPointData().GetScalars()).reshape(height, width, 3)[::-1].copy()
        painter = qt.QPainter(self)
        painter.drawImage(self.rect, qt.QImage(rows.data, width, height, 3 * width, qt.QImage.Format.Format_RGB888))
        painter.end()

    def _tell(self, event, name: str):
        ratio, place = self.devicePixelRatioF(), event.position()
        keys = event.modifiers()
        self._interactor.SetEventInformationFlipY(
            round(place.x() * ratio), round(place.y() * ratio), bool(keys & qt.Qt.KeyboardModifier.ControlModifier),
            bool(keys & qt.Qt.KeyboardModifier.ShiftModifier))
        getattr(self._interactor, name)()

    def mousePressEvent(self, event):  # noqa: N802
        self._tell(event, f"{BUTTONS[event.button()]}ButtonPressEvent")

    def mouseReleaseEvent(self, event):  # noqa: N802
        self._tell(event, f"{BUTTONS[event.button()]}ButtonReleaseEvent")

    def mouseMoveEvent(self, event):  # noqa: N802
        self._tell(event, "MouseMoveEvent")

    def wheelEvent(self, event):  # noqa: N802
        self._tell(event, "MouseWheelForwardEvent" if event.angleDelta().y() > 0 else "MouseWheelBackwardEvent")


class SliceView(View):
    """A slice view; the image itself is drawn here, as the application's widget does."""

    def __init__(self, node):
        style = slicer.vtkMRMLSliceViewInteractorStyle()
        super().__init__(node, slicer.vtkMRMLSliceViewDisplayableManagerFactory, SLICE_MANAGERS, style)
        self._renderer.GetActiveCamera().ParallelProjectionOn()
        self._logic = slicer.vtkMRMLSliceLogic()
        self._logic.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        slicer.app.applicationLogic().GetSliceLogics().AddItem(self._logic)
        self._logic.SetMRMLScene(slicer.mrmlScene)
        self._logic.SetSliceNode(node)
        self._logic.AddObserver(vtk.vtkCommand.ModifiedEvent, self.scheduleRender)
        style.SetSliceLogic(self._logic)
        self._mapper, actor = vtk.vtkImageMapper(), vtk.vtkActor2D()
        self._mapper.SetColorWindow(255)
        self._mapper.SetColorLevel(127.5)
        actor.SetMapper(self._mapper)
        actor.GetProperty().SetDisplayLocationToBackground()
        self._actor = actor
        self._renderer.AddViewProp(actor)

    def sliceLogic(self):  # noqa: N802
        return self._logic

    def _prepare(self):
        super()._prepare()
        self._logic.ResizeSliceNode(*self._window.GetSize())
        connection = self._logic.GetImageDataConnection()
        self._actor.SetVisibility(connection is not None)
        if connection is not None:
            self._mapper.SetInputConnection(connection)


class ThreeDView(View):
    """A 3D view."""

    def __init__(self, node):
        style = slicer.vtkMRMLThreeDViewInteractorStyle()
        super().__init__(node, slicer.vtkMRMLThreeDViewDisplayableManagerFactory, THREED_MANAGERS, style)
        self._window.SetAlphaBitPlanes(True)
        self._renderer.SetUseDepthPeeling(True)
        self._logic = slicer.vtkMRMLViewLogic()
        self._logic.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        slicer.app.applicationLogic().GetViewLogics().AddItem(self._logic)
        self._logic.SetMRMLScene(slicer.mrmlScene)

    def resetFocalPoint(self):  # noqa: N802
        """Look at the middle of what is shown."""
        self.forceRender()
        self._renderer.ResetCamera()
        self._renderer.ResetCameraClippingRange()
