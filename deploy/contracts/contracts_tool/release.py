"""Keeps the contracts of a version for ever."""

import re

from . import check, compatibility, generation, layout, lint


def write(root, version):
    """Writes the descriptor set of `version`; refuses faults, breaks and versions that are not higher than the last."""
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", version):
        raise layout.ContractError(f"{version}: is not of the form X.Y.Z")
    key = tuple(int(part) for part in version.split("."))
    before = [tuple(int(part) for part in name.split(".")) for name, _ in compatibility.released(root)]
    if before and key <= before[-1]:
        last = ".".join(str(part) for part in before[-1])
        raise layout.ContractError(f"{version}: is not higher than the last released version, {last}")
    faults = lint.faults(root) + check.refused_by_c(root) + check.broken_releases(root) + generation.stale(root)
    if faults:
        raise layout.ContractError("nothing is released while faults are open:\n  " + "\n  ".join(faults))
    folder = root / layout.RELEASED
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{version}.binpb"
    path.write_bytes(layout.descriptor_set(root).SerializeToString(deterministic=True))
    return path.relative_to(root)
