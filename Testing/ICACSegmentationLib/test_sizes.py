"""What a reader sees without scrolling in Slicer's surroundings, and that nothing is cut off."""

from __future__ import annotations

from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("program.py")

#: Pixels of the module panel that are on screen at 1280 x 800, with a reserve for other styles.
SEEN = 480

#: Widths in pixels that users give the module panel at 1280 x 800.
WIDTHS = (330, 390, 450)


@pytest.fixture
def settle(slicer):
    def let_run() -> None:
        for _ in range(4):
            slicer.app.processEvents()
    return let_run


@pytest.fixture
def segmented(window, slicer, add_volume, python_slicer, wait_until, settle):
    """The window right after the button was pressed and the run has ended."""
    python_slicer(PROGRAM)
    window.panel.enter()
    add_volume("Head")
    settle()
    window.panel.ui.segmentButton.click()
    wait_until(lambda: not window.panel.logic.job.is_running)
    settle()
    return window


def bottom(window, widget) -> int:
    """Return how far down a widget reaches, in pixels of the module panel."""
    return widget.mapTo(window.scroll.viewport(), widget.rect.bottomLeft()).y()


@pytest.mark.parametrize("width", WIDTHS)
def test_figures_lesions_and_keys_are_seen_together(segmented, settle, width):
    segmented.set_panel_width(width)
    settle()
    ui, review = segmented.panel.ui, segmented.panel.reviewSections.ui
    assert segmented.scroll.verticalScrollBar().value == 0
    for widget in (ui.resultTable, review.lesionTable, review.acceptButton, review.nextButton):
        assert widget.isVisible()
        assert bottom(segmented, widget) < SEEN


@pytest.mark.parametrize("width", WIDTHS)
def test_tables_cut_nothing(segmented, settle, width):
    from ICACSegmentationLib.result.figures import Amount

    big = dict.fromkeys(("right", "left", "both"), Amount(1234.5, 12))
    for count in ("predicted", "standing", "accepted"):
        segmented.panel.resultPanel.figures.show(count, big)
    segmented.set_panel_width(width)
    settle()
    for table in (segmented.panel.ui.resultTable, segmented.panel.reviewSections.ui.lesionTable):
        shown = [column for column in range(table.columnCount) if not table.isColumnHidden(column)]
        assert sum(table.columnWidth(column) for column in shown) <= table.viewport().width
        for column in shown:
            texts = [table.horizontalHeaderItem(column).text(),
                     *(table.item(row, column).text() for row in range(table.rowCount))]
            needed = max(table.fontMetrics().horizontalAdvance(text) for text in texts)
            assert needed < table.columnWidth(column), texts
    figures = segmented.panel.ui.resultTable
    assert figures.item(2, 0).text() == "Both"
    assert figures.rowViewportPosition(2) + figures.rowHeight(2) <= figures.viewport().height


def test_a_wide_panel_shows_every_column_and_a_narrow_one_the_most_important(segmented, settle):
    table = segmented.panel.reviewSections.ui.lesionTable
    titles = [table.horizontalHeaderItem(column).text() for column in range(table.columnCount)]
    shown = lambda: [title for column, title in enumerate(titles) if not table.isColumnHidden(column)]  # noqa: E731
    for width, expected in ((450, set(titles)), (330, {"No.", "Status", "Side", "mm³", "Bone"}), (450, set(titles))):
        segmented.set_panel_width(width)
        settle()
        assert expected <= set(shown()), width
    assert "Mean" in shown()


@pytest.mark.parametrize("width", WIDTHS)
def test_buttons_and_lists_show_their_words(segmented, settle, width):
    segmented.set_panel_width(width)
    settle()
    import qt

    panel = segmented.panel.ui.reviewSection.parentWidget()
    for button in panel.findChildren(qt.QAbstractButton):
        if button.isVisible() and button.text:
            assert button.width >= button.minimumSizeHint().width() or button.width >= button.sizeHint().width(), \
                button.text
    for box in (segmented.panel.reviewSections.ui.statusFilter, segmented.panel.reviewSections.ui.sideFilter):
        assert box.fontMetrics().horizontalAdvance(box.currentText) + 24 <= box.width


def test_the_panel_wants_the_same_width_in_every_state(segmented, settle, slicer, tmp_path):
    panel, ui, review = segmented.panel, segmented.panel.ui, segmented.panel.reviewSections.ui
    wanted = {"result": segmented.scroll.wanted_width()}

    def note(state: str) -> None:
        settle()
        wanted[state] = segmented.scroll.wanted_width()

    review.lesionTable.selectRow(0)
    note("lesion")
    ui.correctSection.collapsed = False
    review.trimButton.click()
    note("trim")
    review.brushButton.click()
    note("brush")
    assert panel.reviewSections._correct._brush.editor.width > 430, "the editor is wider than the panel, and scrolls"
    review.brushButton.click()
    slicer.mrmlScene.GetNodeByID(ui.inputSelector.currentNode().GetID()).SetName("CT " * 60)
    ui.statusLabel.setText("word " * 100)
    note("long texts")
    for name in ("segmentSection", "compareSection", "exportSection", "worklistSection"):
        getattr(ui, name).collapsed = False
        note(name)
    ui.settingsBox.collapsed = review.blindedBox.collapsed = False
    note("settings")
    panel.exit()
    note("left")
    assert set(wanted.values()) == {wanted["result"]}, wanted
    assert wanted["result"] <= min(WIDTHS)
    for section in ("segment", "result", "review", "correct", "compare", "export", "worklist"):
        needed = getattr(ui, f"{section}Section").minimumSizeHint().width()
        assert needed <= wanted["result"] - 14, f"{section} would be cut off"
    assert [section for section in ("segment", "compare") if not getattr(ui, f"{section}Section").collapsed] == \
        ["compare"], "tasks take turns"


def test_sentences_below_the_ct_and_the_button_take_no_more_room_than_they_need(segmented, settle):
    ui = segmented.panel.ui
    ui.segmentSection.collapsed = ui.settingsBox.collapsed = False
    for text in ("This CT is suited for measuring ICAC.", "word " * 60):
        for label in (ui.checkLabel, ui.statusLabel):
            label.setText(text)
            label.setVisible(True)
        for _ in range(3):  # the height of one text moves the next, and the scroll bar changes the width of both
            settle()
        for label in (ui.checkLabel, ui.statusLabel):
            assert label.height == label.heightForWidth(label.width), (label.name, text)


def test_a_section_that_is_opened_closes_those_of_other_tasks(segmented):
    ui = segmented.panel.ui
    assert ui.segmentSection.collapsed
    assert not ui.resultSection.collapsed
    assert not ui.reviewSection.collapsed
    ui.correctSection.collapsed = False
    assert not ui.reviewSection.collapsed
    ui.compareSection.collapsed = False
    assert ui.reviewSection.collapsed
    assert ui.resultSection.collapsed
    assert ui.correctSection.collapsed


def test_closing_the_scene_turns_back_to_segmenting(segmented, slicer):
    slicer.mrmlScene.Clear()
    assert not segmented.panel.ui.segmentSection.collapsed
    assert segmented.panel.ui.reviewSection.collapsed
