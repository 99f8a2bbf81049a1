"""What surrounds a scripted module in Slicer: the application, its modules, and the loader of scripted modules."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import types
import unittest
from pathlib import Path

import pythonqt

pythonqt.install()

import qt  # noqa: E402
import slicer  # noqa: E402
import slicer.util  # noqa: E402
import vtk  # noqa: E402
from PySide6.QtCore import Signal  # noqa: E402

LOGICS = {"terminologies": "vtkSlicerTerminologiesModuleLogic", "volumes": "vtkSlicerVolumesLogic",
          "segmentations": "vtkSlicerSegmentationsModuleLogic",
          "subjecthierarchy": "vtkSlicerSubjectHierarchyModuleLogic", "transforms": "vtkSlicerTransformLogic",
          "markups": "vtkSlicerMarkupsLogic", "cameras": "vtkSlicerCamerasModuleLogic"}


#: Critical messages of the application, for which it shows a red mark and which fill its log.
critical_messages: list[str] = []


class Module(types.SimpleNamespace):
    """An entry of ``slicer.modules``."""

    def logic(self):
        """Return the module's logic."""
        return self.module_logic


def _look_for_item(segmentation, event) -> None:
    scene = segmentation.GetScene()
    if scene is None or scene.IsImporting():
        return
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    if not hierarchy.GetItemByDataNode(segmentation):
        critical_messages.append("Unable to find subject hierarchy item for segmentation node "
                                 f"{segmentation.GetName()}")


class CoreIOManager:
    """Reading files by their storage nodes, for ``slicer.util.load*``."""

    #: File type of whole scenes.
    SCENE = "SceneFile"

    CLASSES = {"VolumeFile": "vtkMRMLScalarVolumeNode",  # noqa: RUF012
               "SegmentationFile": "vtkMRMLSegmentationNode"}

    def loadNodes(self, kind, properties, nodes, messages):  # noqa: N802
        """Read a file into a new node."""
        scene = slicer.mrmlScene
        if kind == self.SCENE:
            return scene.ReadFromMRB(properties["fileName"], properties.get("clear", True))
        name = properties.get("name") or Path(properties["fileName"]).name.split(".")[0]
        node = scene.AddNewNodeByClass(self.CLASSES[kind], name)
        storage = node.CreateDefaultStorageNode()
        scene.AddNode(storage)
        storage.SetFileName(properties["fileName"])
        if not Path(properties["fileName"]).exists() or not storage.ReadData(node):
            scene.RemoveNode(node)
            scene.RemoveNode(storage)
            return False
        node.SetAndObserveStorageNodeID(storage.GetID())
        if kind == "VolumeFile":
            _show_volume(node, properties.get("show", True))
        nodes.AddItem(node)
        return True


    def saveNodes(self, kind, properties, messages):  # noqa: N802
        """Write the scene into a .mrb file."""
        assert kind == self.SCENE
        return bool(slicer.mrmlScene.WriteToMRB(properties["fileName"]))


def _show_volume(node, in_views: bool) -> None:
    """Give a volume that was read a display node, and choose it as the active one that all slice views fit."""
    node.CreateDefaultDisplayNodes()
    if in_views:
        slicer.app.applicationLogic().GetSelectionNode().SetActiveVolumeID(node.GetID())
        slicer.app.applicationLogic().PropagateVolumeSelection(1)


class ModuleManager(qt.QObject):
    """Says when a module goes."""

    moduleAboutToBeUnloaded = Signal(str)  # noqa: N815


def _settings_of_its_own() -> tempfile.TemporaryDirectory:
    """Keep the settings of this process in a new folder, so that none that runs beside it changes them."""
    folder = tempfile.TemporaryDirectory(prefix="slicer-settings-")
    for kind in (qt.QSettings.NativeFormat, qt.QSettings.IniFormat):
        qt.QSettings.setPath(kind, qt.QSettings.UserScope, folder.name)
    return folder


class Application(qt.QApplication):
    """``slicer.app``."""

    startupCompleted = Signal()  # noqa: N815

    def __init__(self):
        super().__init__(["Slicer"])
        self._settings = _settings_of_its_own()
        self._scene, self._logic = slicer.vtkMRMLScene(), slicer.vtkSlicerApplicationLogic()
        self._logic.SetMRMLScene(self._scene)
        self._logic.GetColorLogic().SetMRMLScene(self._scene)
        self._logic.GetColorLogic().AddDefaultColorNodes()
        self._layouts = None
        self._temporary = tempfile.TemporaryDirectory(prefix="slicer-")
        self._logic.SetSliceLogics(vtk.vtkCollection())
        self._logic.SetViewLogics(vtk.vtkCollection())
        slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(self._scene, True)
        self._manager, self._io = ModuleManager(), CoreIOManager()
        slicer.app, slicer.mrmlScene = self, self._scene
        slicer.modules = types.SimpleNamespace(**{name: self._make_module(cls) for name, cls in LOGICS.items()})
        self._logic.SetModuleLogic("Markups", slicer.modules.markups.logic())       # for its displayable manager
        self._follow_subject_hierarchy()
        self._enable_scene_files()

    def _make_module(self, class_name: str) -> Module:
        logic = getattr(slicer, class_name)()
        logic.SetMRMLApplicationLogic(self._logic)
        logic.SetMRMLScene(self._scene)
        return Module(module_logic=logic)

    def _follow_subject_hierarchy(self) -> None:
        """Make an item for each new node, and miss that of a segmentation which changes, as plugins do."""
        @vtk.calldata_type(vtk.VTK_OBJECT)
        def follow(scene, event, node):
            if node.IsA("vtkMRMLDisplayableNode") and not node.GetHideFromEditors() and not scene.IsImporting():
                hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
                hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)
            if node.IsA("vtkMRMLSegmentationNode"):
                for segment_event in (slicer.vtkSegmentation.SegmentAdded, slicer.vtkSegmentation.SegmentModified):
                    node.AddObserver(segment_event, _look_for_item)

        self._scene.AddObserver(self._scene.NodeAddedEvent, follow)

    def _enable_scene_files(self) -> None:
        """Let the scene be read from .mrb files, which pass through a cache folder."""
        self._cache = tempfile.TemporaryDirectory(prefix="slicer-cache-")
        self._remote, self._data = slicer.vtkMRMLRemoteIOLogic(), slicer.vtkDataIOManagerLogic()
        for logic in (self._remote, self._data):
            logic.SetMRMLScene(self._scene)
            logic.SetMRMLApplicationLogic(self._logic)
        self._remote.GetCacheManager().SetRemoteCacheDirectory(self._cache.name)
        self._data.SetAndObserveDataIOManager(self._remote.GetDataIOManager())
        self._remote.AddDataIOToScene()

    @property
    def temporaryPath(self):  # noqa: N802
        """Folder for temporary files."""
        return self._temporary.name

    def applicationLogic(self):  # noqa: N802
        return self._logic

    def coreIOManager(self):  # noqa: N802
        return self._io

    def moduleManager(self):  # noqa: N802
        return self._manager

    def layoutManager(self):  # noqa: N802
        """Return the layout manager; views are made when it is first asked for."""
        if self._layouts is None:
            from layout_manager import LayoutManager

            self._layouts = LayoutManager(self)
        return self._layouts

    def testingEnabled(self):  # noqa: N802
        return True

    def pauseRender(self):  # noqa: N802
        pass

    def resumeRender(self):  # noqa: N802
        pass


class ScriptedLoadableModule:
    """Base of the module's name card."""

    def __init__(self, parent):
        self.parent = parent


class ScriptedLoadableModuleWidget:
    """Base of the panel."""

    def __init__(self, parent):
        self.parent, self.layout = parent, parent.layout()

    def resourcePath(self, name):  # noqa: N802
        """Return the path of a resource of the module."""
        path = getattr(slicer.modules, type(self).__name__.removesuffix("Widget").lower()).path
        return str(Path(path).parent / "Resources" / name)

    def setup(self):
        """Do nothing, as the original does outside developer mode."""


class ScriptedLoadableModuleLogic:
    """Base of the logic."""

    def getParameterNode(self):  # noqa: N802
        """Return the module's node in the scene, made if there is none."""
        name = type(self).__name__.removesuffix("Logic")
        node = slicer.mrmlScene.GetSingletonNode(name, "vtkMRMLScriptedModuleNode")
        if node is None:
            node = slicer.vtkMRMLScriptedModuleNode()
            node.SetSingletonTag(name)
            node = slicer.mrmlScene.AddNode(node)
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    """Base of the self test."""

    def delayDisplay(self, message):  # noqa: N802
        """Print instead of showing a message."""
        print(message)


def start() -> Application:
    """Start the application, once in a process, and make Slicer's Python modules importable."""
    for name in dir(slicer.util):       # the wheel also puts these names into slicer; Slicer itself does not
        if not name.startswith("_") and name != "vtk" and getattr(slicer, name, None) is getattr(slicer.util, name):
            delattr(slicer, name)
    application = Application()
    bases = (ScriptedLoadableModule, ScriptedLoadableModuleWidget, ScriptedLoadableModuleLogic,
             ScriptedLoadableModuleTest)
    _publish("ScriptedLoadableModule", {cls.__name__: cls for cls in bases})
    _publish("i18n", {"tr": lambda text: text, "translate": lambda context, text: text})
    import parameter_nodes

    _publish("parameterNodeWrapper", {name: getattr(parameter_nodes, name)
                                      for name in ("parameterNodeWrapper", "WithinRange")})
    import edit_widgets  # noqa: F401
    import mrml_widgets  # noqa: F401
    import sample_data  # noqa: F401

    return application


def _publish(name: str, content: dict) -> None:
    module = types.ModuleType(f"slicer.{name}")
    vars(module).update(content)
    sys.modules[module.__name__] = module
    setattr(slicer, name, module)


def load_module(path: Path) -> Module:
    """Import a scripted module; return its entry, with ``instance`` and ``python`` added."""
    name = path.stem
    spec = importlib.util.spec_from_file_location(name, path)
    python = importlib.util.module_from_spec(spec)
    sys.modules[name] = python
    spec.loader.exec_module(python)
    entry = Module(path=str(path), python=python)
    setattr(slicer.modules, name.lower(), entry)
    entry.instance = getattr(python, name)(entry)
    return entry


def open_panel(entry: Module):
    """Make the panel of a module as when the user opens it; return the widget object and what contains it."""
    container = slicer.qMRMLWidget()
    container.isEntered = False
    container.setLayout(qt.QVBoxLayout())
    container.layout().setContentsMargins(0, 0, 0, 0)
    container.setMRMLScene(slicer.mrmlScene)
    widget = getattr(entry.python, f"{type(entry.instance).__name__}Widget")(container)
    widget.setup()
    _note_entering(widget, container)
    return widget, container


def _note_entering(widget, container) -> None:
    """Let the container know whether the module is on screen, before the module itself hears of it."""
    enter, leave = widget.enter, widget.exit

    def entered() -> None:
        container.isEntered = True
        enter()

    def left() -> None:
        container.isEntered = False
        leave()

    widget.enter, widget.exit = entered, left
