"""Colours in the scene, RGB from 0 to 1. Sides and ICAC have those of ``icac.report.picture.colors``."""

#: Asked for by readers; the two also differ in lightness, and side by side they are told apart by place.
PREDICTED, MANUAL = (0.25, 0.9, 0.3), (1.0, 0.25, 0.25)

#: Where prediction and manual regions agree.
BOTH = (1.0, 0.85, 0.2)

#: Faint bone in 3D.
BONE = (0.93, 0.9, 0.82)

#: Views that show neither the prediction nor the manual regions alone.
NEUTRAL = (0.75, 0.75, 0.78)

#: Segments of the carotid artery by name, from the petrous bone to the circle of Willis: from blue to pink and teal,
#: as green, red and orange have a meaning of their own.
SEGMENTS = {"C2": (0.35, 0.5, 1.0), "C3": (0.35, 0.85, 1.0), "C4": (0.7, 0.4, 1.0), "C5": (1.0, 0.5, 0.85),
            "C6": (0.87, 0.82, 1.0), "C7": (0.3, 0.8, 0.65)}

#: Messages in the panel, as in style sheets.
ERROR_STYLE, WARNING_STYLE, CALM_STYLE = "color: #d02020", "color: #a06000", ""
