from __future__ import annotations

from icac.progress import Part


class Record:
    def __init__(self) -> None:
        self.calls: list[tuple[str, float, str]] = []

    def update(self, stage: str, fraction: float, message: str = "") -> None:
        self.calls.append((stage, fraction, message))


def test_a_part_of_a_part_fills_its_share_of_the_whole():
    whole = Record()
    part = Part(Part(whole, 0.5, 1.0, "row 2: "), 0.0, 0.8)
    part.update("training", 0.0)
    part.update("training", 1.0, "done")
    assert whole.calls == [("row 2: training", 0.5, ""), ("row 2: training", 0.9, "done")]
