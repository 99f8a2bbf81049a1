"""What is said of a case: the visual scores have the grades that are proposed, whatever they were called before."""

import pytest
from icac.scores import usual_rules
from icac.scores.grades import KOCKELKOREN
from icac.worklist.records.fields import visual_scores


def field(name):
    return next(one for one in visual_scores() if one.name == name)


def test_grades_are_those_that_are_proposed():
    for item, grades in KOCKELKOREN.items():
        assert field(item).choices == tuple(grades) and field(item).words == grades and field(item).is_ordered
    assert field("dominant_type").choices == ("absent", "intimal", "medial", "mixed")


@pytest.mark.parametrize("side", ["right", "left"])
def test_woodcock_is_told_in_points(side):
    one = field(f"woodcock_{side}")
    assert [float(points) for points in one.choices] == sorted(set(usual_rules().points["woodcock"].values()))
    assert f"{side}: 0 none; 1 thin, discontinuous; 2 thin, continuous or thick, discontinuous; 3 " in one.help


@pytest.mark.parametrize(("name", "before", "now"), [
    ("circularity", "<90", "small_arc"), ("circularity", "90-270", "half_arc"), ("circularity", "270-360", "ring"),
    ("circularity", "absent", "absent"), ("thickness", ">=1.5", "thick"), ("thickness", "<1.5", "thin"),
    ("morphology", "irregular", "patchy"), ("woodcock_left", "2", "2"), ("thickness", "", "")])
def test_what_grades_were_called_before(name, before, now):
    assert field(name).checked(before) == field(name).current(before) == now
