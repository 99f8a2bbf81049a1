"""The Slicer side of ICACSegmentation, one idea a file, a folder for each part of the panel.

``common``, ``scene`` and ``result`` serve all others; ``run``, ``show``, ``compare``, ``review``, ``correct``,
``worklist`` and ``export`` are the sections of the panel, which ``sections`` builds.
Imports go one way: the order is that of ``Testing/extension/test_imports.py``. ``common.signals`` and, in ``run``,
``processes``, ``runner``, ``command`` and ``child`` need neither Slicer nor Qt.
"""
