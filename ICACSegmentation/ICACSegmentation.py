"""ICACSegmentation, a module of 3D Slicer: its name card, and the wiring of ``ICACSegmentationLib``."""

import sys
from pathlib import Path

import qt
import slicer
import vtk
from ICACSegmentationLib.common.failure import FailureNote
from ICACSegmentationLib.common.parameters import ICACParameterNode
from ICACSegmentationLib.common.ticker import Ticker
from ICACSegmentationLib.open_sections import OpenSections
from ICACSegmentationLib.result.data import remove_probability
from ICACSegmentationLib.result.panel import ResultPanel
from ICACSegmentationLib.run.command import settings_of
from ICACSegmentationLib.run.job import SegmentationJob
from ICACSegmentationLib.run.many import segment_many
from ICACSegmentationLib.run.offer import Offer
from ICACSegmentationLib.run.runner import ChildRun
from ICACSegmentationLib.run.sample_scan import register_sample_scan
from ICACSegmentationLib.run.scratch import sweep
from ICACSegmentationLib.run.segment_panel import SegmentPanel
from ICACSegmentationLib.scene.nodes import active_volume, load_terminologies
from ICACSegmentationLib.sections import ReviewSections, ViewSections
from ICACSegmentationLib.selftest import run_self_test, run_unattended
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

#
# ICACSegmentation
#


class ICACSegmentation(ScriptedLoadableModule):
    """The module's name card."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("ICAC Segmentation")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = ["Segmentations", "Terminologies"]
        self.parent.contributors = ["ICACSegmentation developers"]
        self.parent.helpText = _("""
Finds and measures the calcification of the intracranial carotid arteries (ICAC) in a non-contrast head CT.
Choose the CT and press <b>Segment ICAC</b>: a neural network marks the calcified voxels of both internal carotid
arteries from the petrous bone to the circle of Willis, as a segmentation beside the CT, and the panel shows the
volume of each side. Everything is computed on this computer. For research only, not for clinical use.
<p>To try it without a scan, choose <b>Simulated head CT</b> in the module Sample Data.</p>
<p>See the <a href="https://github.com/ICACSegmentation/SlicerICACSegmentation">documentation</a>.</p>
""")
        self.parent.acknowledgementText = _("""
The method follows G. Bortsova et al., "Segmentation of Intracranial Arterial Calcification with Deeply Supervised
Residual Dropout Networks", MICCAI 2017. The segments of the artery are those of A. Bouthillier et al.,
Neurosurgery 1996.
""")
        slicer.app.connect("startupCompleted()", onStartupCompleted)


def onStartupCompleted() -> None:
    """Offer the sample scan, and remove what a killed application has left behind."""
    register_sample_scan(str(Path(__file__).parent / "Resources" / "Icons" / "ICACSegmentation.png"))
    sweep()


#
# ICACSegmentationWidget
#


class ICACSegmentationWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel: life cycle and parameter node; what it does is in its parts."""

    def __init__(self, parent=None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.segmentPanel = None
        self.offer = None
        self.resultPanel = None
        self.viewSections = None
        self.reviewSections = None
        self.openSections = None
        self._parameterNode = None
        self._parameterNodeGuiTag = None
        self._failure = None
        self._isBuilt = False

    def setup(self) -> None:
        """Build the panel when the user opens the module for the first time; if that fails, the panel says so."""
        ScriptedLoadableModuleWidget.setup(self)
        self._failure = FailureNote(self.layout)
        with self._failure.show_errors():
            self._build()
            self._isBuilt = True

    def _build(self) -> None:
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/ICACSegmentation.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)

        load_terminologies(Path(self.resourcePath("Terminologies")))
        self.logic = ICACSegmentationLogic()
        self.segmentPanel = SegmentPanel(self.ui, self.logic.job)
        self.offer = Offer(self.ui.offerLabel)
        self.offer.taken.connect(self.onOfferTaken)
        self.resultPanel = ResultPanel(self.ui)
        self.reviewSections = ReviewSections(self.ui, self.resourcePath, self.onCaseLoaded,
                                             self.resultPanel.figures)
        self.viewSections = ViewSections(self.ui, self.reviewSections.model)
        self.openSections = OpenSections(self.ui)
        self.logic.job.finished.connect(self.onFinished)

        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        for event in (slicer.mrmlScene.EndCloseEvent, slicer.mrmlScene.EndImportEvent):
            self.addObserver(slicer.mrmlScene, event, self.onSceneChanged)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.NodeAboutToBeRemovedEvent, self.onNodeAboutToBeRemoved)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.NodeAddedEvent, self.onNodeAdded)
        self.initializeParameterNode()

    def cleanup(self) -> None:
        """End a run and let go of the scene, when the application closes or the module is reloaded."""
        if self._isBuilt:
            self.logic.job.cancel()
            self.segmentPanel.cleanup()
            self.viewSections.leave_scene()
            self.reviewSections.cleanup()
            self.setParameterNode(None)
        self.removeObservers()

    def enter(self) -> None:
        """Show the state of the scene when the user comes (back) to the module."""
        if self._isBuilt:
            with self._failure.show_errors():
                self.initializeParameterNode()
                self.segmentPanel.enter()
                self.viewSections.enter()
                self.reviewSections.enter()

    def exit(self) -> None:
        """Leave the scene alone while the user is in another module. A run goes on."""
        if self._isBuilt:
            self.viewSections.leave()
            self.reviewSections.exit()
            self.setParameterNode(None)

    def onSceneStartClose(self, caller, event) -> None:
        """End a run whose CT is about to go, and let go of the parameter node."""
        self.logic.job.cancel()
        self.viewSections.leave_scene()
        self.reviewSections.leave_scene()
        self.setParameterNode(None)

    def onSceneChanged(self, caller, event) -> None:
        """Show the empty or imported scene if the module is on screen; nothing can be chosen before it is complete."""
        self.viewSections.layouts.dismiss_saved()
        if self.parent.isEntered:
            self.initializeParameterNode()
            self.viewSections.enter()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodeAboutToBeRemoved(self, caller, event, node) -> None:
        """Let go with a result what the user cannot see, and so cannot remove; what goes is not offered any more."""
        self.offer.withdraw(node)
        if node.IsA("vtkMRMLSegmentationNode") and not caller.IsClosing():
            remove_probability(node)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodeAdded(self, caller, event, node) -> None:
        """Choose a CT that is loaded while the panel waits for one, else offer it, once it has its voxels."""
        if not node.IsA("vtkMRMLScalarVolumeNode") or not self._parameterNode:
            return
        if not self._parameterNode.inputVolume:
            qt.QTimer.singleShot(0, self.chooseVolume)
        elif not caller.IsImporting():
            qt.QTimer.singleShot(0, lambda: self.offerVolume(node.GetID()))

    def chooseVolume(self) -> None:
        """Choose the active CT if none is chosen, and say if another volume of its study suits better."""
        if self._parameterNode and not self._parameterNode.inputVolume:
            self._parameterNode.inputVolume = active_volume()
            self.offer.suggest(self._parameterNode.inputVolume)

    def offerVolume(self, nodeID: str) -> None:
        """Offer a CT that was loaded while another one is chosen."""
        if self._parameterNode and self._parameterNode.inputVolume:
            self.offer.make(slicer.mrmlScene.GetNodeByID(nodeID), self._parameterNode.inputVolume)

    def onOfferTaken(self, volume) -> None:
        """Choose a CT that was offered, and turn to segmenting it."""
        if self._parameterNode:
            self._parameterNode.inputVolume = volume
            self.openSections.turn_to_segmenting()

    def initializeParameterNode(self) -> None:
        """Use the scene's parameter node; where no CT is chosen yet, choose the active one."""
        self.setParameterNode(self.logic.getParameterNode())
        self.chooseVolume()

    def setParameterNode(self, parameterNode: ICACParameterNode | None) -> None:
        """Connect a parameter node with the panel, or disconnect the present one."""
        if self._parameterNode:
            self._parameterNode.disconnectGui(self._parameterNodeGuiTag)
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersModified)
        self._parameterNode = parameterNode
        if self._parameterNode:
            self._parameterNodeGuiTag = self._parameterNode.connectGui(self.ui)
            self.addObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersModified)
        self.segmentPanel.set_parameters(parameterNode)
        self.onParametersModified()

    def onParametersModified(self, caller=None, event=None) -> None:
        """Show what the parameters say."""
        self.segmentPanel.update()
        self.offer.update(self._parameterNode.inputVolume if self._parameterNode else None)
        self.resultPanel.show(self._parameterNode.segmentation if self._parameterNode else None)
        self.viewSections.show(self._parameterNode)
        if self._parameterNode:
            self.reviewSections.show(self._parameterNode.segmentation)
            if not self.reviewSections.is_blinded:
                self.openSections.follow(self._parameterNode.segmentation is not None)

    def onFinished(self, segmentation) -> None:
        """Choose a new result, also while the user is in another module; who is here sees it at once."""
        self.logic.getParameterNode().segmentation = segmentation
        if self.parent.isEntered:
            self.openSections.show_new_result()
            self.viewSections.windows.show_bone()
            self.reviewSections.model.show_siphons()

    def onCaseLoaded(self, nodes) -> None:
        """Choose the nodes of a case of the worklist."""
        parameters = self.logic.getParameterNode()
        parameters.inputVolume, parameters.segmentation, parameters.manual = nodes

    def onReload(self) -> None:
        """Reload the library together with the module (developer mode)."""
        for name in [name for name in sys.modules if name.split(".")[0] == "ICACSegmentationLib"]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)


#
# ICACSegmentationLogic
#


class ICACSegmentationLogic(ScriptedLoadableModuleLogic):
    """Segmentation without the panel, for scripts::

        segmentation = ICACSegmentationLogic().process(slicer.util.getNode("CT"))
    """

    def __init__(self) -> None:
        ScriptedLoadableModuleLogic.__init__(self)
        self.job = SegmentationJob(ChildRun())
        self._ticker = Ticker(self.job.poll)
        self.job.started.connect(self._ticker.start)
        self.job.ended.connect(self._ticker.stop)

    def getParameterNode(self) -> ICACParameterNode:
        """Return the parameters of the module in the scene."""
        return ICACParameterNode(super().getParameterNode())

    def process(self, volume, device: str = "auto", model: str = "", threshold: float = 0.0, hideNames: bool = False):
        """Segment a CT and return the new segmentation node; the application does not react meanwhile.

        ``device`` is auto, cpu, cuda or mps; ``model`` the name of a model or its folder, empty for the standard
        one; ``threshold`` the probability above which a voxel is ICAC, 0 for that of the model; ``hideNames`` leaves
        the name of the volume out of the result.

        Raises
        ------
        RuntimeError
            With the program's sentence, if the CT cannot be measured.

        """
        return self.job.segment(volume, settings_of(device, model, threshold), hideNames)

    def processMany(self, scans, output=None, device: str = "auto", model: str = "", threshold: float = 0.0,
                    on_each=None):
        """Segment many CTs: volumes of the scene, or paths of DICOM folders and image files with a folder ``output``.

        Returns a list of :class:`ICACSegmentationLib.run.many.SegmentedOne`, in the order of the scans; ``on_each`` is
        called with each as soon as it is known. A scan that cannot be measured has the reason as its ``error`` and
        does not stop the others. The other arguments are those of :meth:`process`.
        """
        return segment_many(scans, output, settings_of(device, model, threshold), on_each)


#
# ICACSegmentationTest
#


class ICACSegmentationTest(ScriptedLoadableModuleTest):
    """The self-test that Slicer offers as "Reload and Test": the story of a user, on a simulated scan."""

    def runTest(self) -> None:
        """Run all steps; the scene is lost."""
        slicer.mrmlScene.Clear()
        run_self_test(self)

    @staticmethod
    def runUnattended() -> None:
        """Run all steps and end the application, with an exit code other than 0 if one fails."""
        slicer.util.exit(run_unattended(ICACSegmentationTest()))
