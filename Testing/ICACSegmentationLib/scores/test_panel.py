"""Visual scores in the panel: proposed of what stands, changed by the reader, kept with who and when."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def ui(panel, result):
    """The panel with a result under review (lesion 1 right, lesion 2 left), and a reader."""
    panel.enter()
    panel.ui.resultSelector.setCurrentNode(result)
    panel.ui.scoresSection.collapsed = False
    read_by(panel.reviewSections.ui, "A. Reader")
    return panel.reviewSections.ui


def read_by(ui, name: str) -> None:
    ui.scoresReviewerEdit.setText(name)
    ui.scoresReviewerEdit.editingFinished.emit()


def texts(box) -> list[str]:
    return [box.itemText(index) for index in range(box.count)]


def kept(result) -> list[dict]:
    return json.loads(result.GetAttribute("ICAC.scores"))["readings"]


def test_the_first_entry_of_each_box_is_proposed_and_all_grades_follow(ui):
    shown = texts(ui.thicknessRightBox)
    assert shown[0].endswith(" *")
    assert shown[1:] == ["absent", "1.5 mm or more", "less than 1.5 mm"]
    assert ui.thicknessRightBox.currentIndex == 0
    assert "Kockelkoren" in ui.scoresRightLabel.text


def test_every_grade_is_called_here_as_in_the_library(application):
    from icac.scores.grades import ITEMS
    from ICACSegmentationLib.scores.panel import ITEMS as SHOWN
    from ICACSegmentationLib.scores.words import grade_text

    assert tuple(ITEMS) == SHOWN
    for grades in ITEMS.values():
        assert [grade_text(grade).replace("\N{DEGREE SIGN} to", " to").replace("\N{DEGREE SIGN}", " degrees")
                for grade in grades] == list(grades.values())


def test_what_is_proposed_follows_the_review_and_what_was_chosen_stays(ui, panel):
    ui.woodcockRightBox.setCurrentIndex(6)
    panel.reviewSections.model.select(2)
    ui.rejectButton.click()
    assert texts(ui.circularityLeftBox)[0] == "absent *"
    assert ui.scoresLeftLabel.text == "Kockelkoren 0 (absent), Woodcock 0"
    assert ui.woodcockRightBox.currentIndex == 6
    assert ui.scoresRightLabel.text.endswith("Woodcock 4")


def test_scores_are_kept_with_who_and_when_and_shown_to_nobody_else(ui, panel, result):
    ui.woodcockRightBox.setCurrentIndex(6)
    ui.saveScoresButton.click()
    assert ui.scoresMessage.text == "Saved for A. Reader."
    (reading,) = kept(result)
    assert (reading["by"], reading["scores"]["right"]["woodcock"]) == ("A. Reader", "double_tracks")
    assert reading["proposed"]["right"]["woodcock"] != "double_tracks"
    assert reading["at"].endswith("+00:00")
    read_by(ui, "B. Reader")
    assert ui.woodcockRightBox.currentIndex == 0
    ui.saveScoresButton.click()
    assert [one["by"] for one in kept(result)] == ["A. Reader", "B. Reader"]
    read_by(ui, "A. Reader")
    assert ui.woodcockRightBox.currentIndex == 6


def test_nobody_can_save_without_a_name_and_nothing_can_be_saved_without_a_result(ui, panel, result):
    read_by(ui, "")
    ui.saveScoresButton.click()
    assert "Type your name" in ui.scoresMessage.text
    assert result.GetAttribute("ICAC.scores") is None
    panel.ui.resultSelector.setCurrentNode(None)
    assert not ui.saveScoresButton.enabled
    assert ui.scoresRightLabel.text == "–"
