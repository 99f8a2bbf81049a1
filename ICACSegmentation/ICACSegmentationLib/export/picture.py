"""A picture of the views of a comparison as they are on screen, with what they show and the figures below."""

from __future__ import annotations

from pathlib import Path

import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from ICACSegmentationLib.scene.layouts import MANUAL_VIEW, PREDICTED_VIEW, view_node

#: Space for a line of text, pixels, and size of the text.
LINE, TEXT = 26, 15


def write_picture(sentence: str, path: Path) -> Path:
    """Write both slice views of the comparison beside each other as PNG; ``sentence`` goes below."""
    from icac.report.picture.drawing import Text
    from PIL import Image

    names = (PREDICTED_VIEW, MANUAL_VIEW)
    views = [Image.fromarray(_pixels(name)) for name in names]
    picture = Image.new("RGB", (sum(view.width for view in views) + 4, max(view.height for view in views) + 2 * LINE))
    drawing, left = Text(picture), 0
    for name, view in zip(names, views, strict=True):
        picture.paste(view, (left, LINE))
        drawing.write((left + 8, 5), view_node(name).GetLayoutLabel(), TEXT)
        left += view.width + 4
    drawing.write((8, picture.height - LINE + 5), drawing.shorten(sentence, TEXT, picture.width - 16), TEXT)
    picture.save(path)
    return path


def _pixels(name: str):
    """Return what a slice view shows, uint8 (rows, columns, 3)."""
    view = slicer.app.layoutManager().sliceWidget(name).sliceView()
    view.forceRender()
    grab = vtk.vtkWindowToImageFilter()
    grab.SetInput(view.renderWindow())
    grab.ReadFrontBufferOff()
    grab.Update()
    width, height, _depth = grab.GetOutput().GetDimensions()
    pixels = vtk_to_numpy(grab.GetOutput().GetPointData().GetScalars()).reshape(height, width, -1)
    return pixels[::-1, :, :3].copy()
