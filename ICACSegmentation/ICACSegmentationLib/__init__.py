"""The Slicer side of ICACSegmentation, one idea a file.

``signals``, ``processes``, ``runner``, ``command`` and ``child`` need neither Slicer nor Qt; the others use the
application's scene and widgets.
"""
