"""Slicer's own terminology logic reads our lists and understands the entries that icac writes."""

from __future__ import annotations

import pytest
from icac.anatomy import Side
from icac.report.dicom.terminology import CONTEXT, REGION, SIDES, TYPE, terminology_entry
from icac.report.picture.colors import ICAC_COLOR


@pytest.fixture
def terminologies(panel, slicer):
    """Return Slicer's logic after the panel was opened, which brings our lists along."""
    return slicer.modules.terminologies.logic()


def test_both_lists_are_offered(terminologies):
    import vtk

    for names_of in (terminologies.GetLoadedTerminologyNames, terminologies.GetLoadedRegionContextNames):
        names = vtk.vtkStringArray()
        names_of(names)
        assert CONTEXT in [names.GetValue(i) for i in range(names.GetNumberOfValues())]


@pytest.mark.parametrize("side", [None, *Side])
def test_slicer_finds_the_entry_of_a_result_in_our_lists(terminologies, slicer, side):
    import vtk

    entry, own_list = slicer.vtkSlicerTerminologyEntry(), vtk.vtkStringArray()
    own_list.InsertNextValue(CONTEXT)
    assert terminologies.DeserializeTerminologyEntry(terminology_entry(side), entry)
    assert terminologies.UpdateEntryFromLoadedTerminologies(entry, own_list, own_list)
    assert entry.GetTypeObject().GetCodeValue() == TYPE.value
    assert entry.GetTypeObject().GetRecommendedDisplayRGBValue() == ICAC_COLOR
    assert entry.GetRegionObject().GetCodeValue() == REGION.value
    assert (entry.GetRegionModifierObject().GetCodeValue() or None) == (SIDES[side].value if side else None)
