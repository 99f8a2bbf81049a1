"""Take a picture of every state of the panel, with the views beside it, by clicking through a simulated scan:

    python -m Testing.host.screenshots [--output Resources/Screenshots] [--data FOLDER] [--scale 2] [--from 14_scores]

The scan is simulated and the program runs as it does for users. ``--data`` keeps the scan for the next time;
``--scale 2`` is a screen of high density. ``--from`` leaves out what comes before a state that goes on from no other.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
sys.path[:0] = [str(HERE), str(REPOSITORY / "ICACSegmentation")]

#: Pixels of the window at a scale of 1, and of the module panel in it; each state is pictured in the first of these.
SIZE, PANEL = (1280, 800), 420

#: States that are pictured in other sizes, too: what to add to the name, window, panel.
OTHERS = {"_narrow": ((1280, 800), 330), "_large": ((1920, 1080), 450)}
IN_ALL_SIZES = ("06_review",)


def main() -> int:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=REPOSITORY / "Resources" / "Screenshots")
    parser.add_argument("--data", type=Path, help="folder of simulated_ct.nii.gz and simulated_truth.nii.gz")
    parser.add_argument("--scale", default="1", help="pixels of the screen in a pixel of the window")
    parser.add_argument("--from", dest="first", default="", help="name of the first state")
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
    os.environ["QT_SCALE_FACTOR"] = options.scale
    with tempfile.TemporaryDirectory() as folder:
        data = options.data or Path(folder)
        simulate(data)
        take_all(data, options.output, Path(folder), options.first)
    return 0


def simulate(folder: Path) -> None:
    """Make the example scan of icac and its truth, unless they are there."""
    from icac.ct import write_volume
    from icac.simulate.sets.demo import simulate_demo_scan

    if not (folder / "simulated_truth.nii.gz").is_file():
        scan = simulate_demo_scan()
        write_volume(scan.ct, folder / "simulated_ct.nii.gz")
        write_volume(scan.icac, folder / "simulated_truth.nii.gz")


def take_all(data: Path, output: Path, temporary: Path, first: str) -> None:
    """Click through all states from one on and save a picture of each."""
    import slicer_host

    slicer_host.start()
    import pythonqt
    from states import STATES, Story
    from window import Window, put_python_on_path

    put_python_on_path(temporary)
    window = Window()
    window.show()
    story = Story(window, data, temporary)
    output.mkdir(parents=True, exist_ok=True)
    for name, state in ((name, state) for name, state in STATES.items() if name >= first):
        resize(window, SIZE, PANEL)
        state(story)
        others = OTHERS.items() if name in IN_ALL_SIZES else ()
        for suffix, (size, panel) in (("", (SIZE, PANEL)), *others):
            resize(window, size, panel)
            story.settle()
            if pythonqt.slot_errors:
                raise pythonqt.slot_errors[0]
            window.grab().save(str(output / f"{name}{suffix}.png"), "PNG", 0)
            print(f"{name}{suffix}", flush=True)
    window.close()


def resize(window, size: tuple[int, int], panel: int) -> None:
    """Give window and module panel another size."""
    window.resize(*size)
    window.set_panel_width(panel)


if __name__ == "__main__":
    sys.exit(main())
