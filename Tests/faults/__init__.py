"""Faults of every kind against a whole installation, and the proof from outside that nothing was lost (RELIABILITY)."""

import pathlib
import sys

# The stages that the tests from outside share: an installation, a client made from proto/ alone.
for _folder in ("endtoend", "interop"):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / _folder))
