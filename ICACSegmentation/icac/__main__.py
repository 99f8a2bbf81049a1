"""``python -m icac``, the same as the command ``icac``; the way the Slicer extension calls it."""

import sys

from icac.cli import main

sys.exit(main())
