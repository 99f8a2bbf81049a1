"""Open the module in a window, to try it without the application:

    python -m Testing.host [CT.nrrd | scene.mrb | manual.seg.nrrd ...]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "ICACSegmentation")]

import slicer_host  # noqa: E402


def main() -> int:
    """Open the window with the given files until it is closed."""
    application = slicer_host.start()
    from window import Window, load, put_python_on_path

    with tempfile.TemporaryDirectory() as folder:
        put_python_on_path(Path(folder))
        window = Window()
        window.show()
        for path in sys.argv[1:]:
            load(Path(path))
        window.panel.enter()
        return application.exec()


if __name__ == "__main__":
    sys.exit(main())
