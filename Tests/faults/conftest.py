"""Makes the package known to its tests."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import faults  # noqa: E402,F401
