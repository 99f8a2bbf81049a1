"""The module Sample Data of the application: a list of what can be loaded to try things with."""

from __future__ import annotations

import sys
import types


class SampleDataLogic:
    """Keeps the list; here ``sources``, in the application ``slicer.modules.sampleDataSources``."""

    sources: dict = {}  # noqa: RUF012

    @classmethod
    def registerCustomSampleDataSource(cls, category, sampleName, uris, fileNames, nodeNames,  # noqa: N802, N803
                                       customDownloader, thumbnailFileName):                   # noqa: N803
        """Keep one entry."""
        cls.sources[category, sampleName] = types.SimpleNamespace(customDownloader=customDownloader,
                                                                  thumbnailFileName=thumbnailFileName)


sys.modules["SampleData"] = types.ModuleType("SampleData")
sys.modules["SampleData"].SampleDataLogic = SampleDataLogic
