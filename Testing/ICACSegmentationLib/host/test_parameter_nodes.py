"""The stand-in for parameterNodeWrapper is as strict as that of Slicer 5.10."""

from __future__ import annotations

import typing

import pytest


@pytest.fixture
def wrap(slicer):
    """Return a function that makes a wrapper of one field ``value`` on a new parameter node."""
    from parameter_nodes import parameterNodeWrapper

    def make(kind, **default):
        cls = parameterNodeWrapper(type("Parameters", (), {"__annotations__": {"value": kind}} | default))
        return cls(slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScriptedModuleNode"))
    return make


def connect(slicer, parameters) -> object:
    """Bind the field to a selector; return the selector."""
    from types import SimpleNamespace

    selector = slicer.qMRMLNodeComboBox()
    selector.setProperty("SlicerParameterName", "value")
    selector.setMRMLScene(slicer.mrmlScene)
    parameters.connectGui(SimpleNamespace(selector=selector))
    return selector


def test_a_selector_cannot_choose_among_nodes_of_an_abstract_class(wrap, slicer):
    with pytest.raises(TypeError, match="abstract class"):
        connect(slicer, wrap(slicer.vtkMRMLDisplayableNode))


def test_the_classes_of_the_parameter_count_not_those_of_the_ui_file(wrap, slicer):
    kind = typing.Union[slicer.vtkMRMLSegmentationNode, slicer.vtkMRMLLabelMapVolumeNode, None]  # noqa: UP007
    selector = connect(slicer, wrap(kind))
    assert selector.nodeTypes == ["vtkMRMLSegmentationNode", "vtkMRMLLabelMapVolumeNode"]


def test_none_has_to_be_one_of_several_types(wrap, slicer):
    several = typing.Union[slicer.vtkMRMLSegmentationNode, slicer.vtkMRMLLabelMapVolumeNode]  # noqa: UP007
    with pytest.raises(TypeError, match="Unable to write value 'None'"):
        wrap(several)


def test_types_joined_by_a_bar_are_not_understood(wrap, slicer):
    with pytest.raises(TypeError, match="Unable to create serializer"):
        wrap(slicer.vtkMRMLSegmentationNode | None)


def test_values_of_other_types_or_out_of_range_are_refused(wrap):
    from parameter_nodes import WithinRange

    text, number = wrap(str), wrap(typing.Annotated[float, WithinRange(0.0, 0.99)], value=0.5)
    for wrong in (None, 1):
        with pytest.raises(TypeError, match="must be of type"):
            text.value = wrong
    with pytest.raises(ValueError, match="within range"):
        number.value = 1.5
    assert number.value == 0.5


def test_defaults_are_written_to_the_node(wrap):
    assert wrap(str, value="auto").parameterNode.GetParameter("value") == "auto"
    assert wrap(bool).parameterNode.GetParameter("value") == "False"


def test_nodes_are_chosen_only_after_an_import(wrap, slicer):
    parameters = wrap(slicer.vtkMRMLScalarVolumeNode)
    selector = connect(slicer, parameters)
    scene = slicer.mrmlScene
    scene.StartState(scene.ImportState)
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    parameters.value = node
    assert selector.currentNode() is None
    scene.EndState(scene.ImportState)
    assert selector.currentNode() is None
    assert parameters.value is node


def test_nodes_that_hide_leave_the_list(wrap, slicer):
    selector = connect(slicer, wrap(slicer.vtkMRMLScalarVolumeNode))
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    selector.setCurrentNode(node)
    node.HideFromEditorsOn()
    assert selector.currentNode() is None
