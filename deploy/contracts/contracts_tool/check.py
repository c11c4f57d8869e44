"""All checks of the contracts, in the order in which a person wants to hear of them."""

import tempfile

from . import compatibility, generation, layout, lint


def refused_by_c(root):
    """Files under proto/zhitongche that the C compiler does not accept (XCT-4), with its words."""
    files = [file for file in layout.proto_files(root) if file.startswith("zhitongche/")]
    with tempfile.TemporaryDirectory() as folder:
        command = ["protoc-c", "-I", str(root / "proto"), f"--c_out={folder}"]
        try:
            layout.run(command + files)
            return []
        except layout.ContractError:
            found = []
        # Together they failed; one by one tells which.
        for file in files:
            try:
                layout.run(command + [file])
            except layout.ContractError as error:
                found.append(f"proto/{file}: {' '.join(str(error).split())}")
        return found


def broken_releases(root):
    """Breaks against every released version, each with the version's name (XCT-2)."""
    current = layout.descriptor_set(root)
    return [
        f"breaks {version}: {sentence}"
        for version, old in compatibility.released(root)
        for sentence in compatibility.breaks(old, current)
    ]


def report(root, full=False):
    """Runs every check, prints its outcome and all faults; returns the exit code."""
    checks = [
        ("style", lambda: lint.faults(root)),
        ("accepted by the C compiler", lambda: refused_by_c(root)),
        (f"compatible with {len(compatibility.released(root))} released versions", lambda: broken_releases(root)),
        ("generated code is fresh", lambda: generation.stale(root)),
    ]
    if full:
        checks.append(("generated anew and compared", lambda: generation.differences(root)))
    total = 0
    for name, check in checks:
        faults = check()
        total += len(faults)
        print(f"contracts: {name}: {'ok' if not faults else f'{len(faults)} faults'}")
        for fault in faults:
            print(f"  {fault}")
    return 1 if total else 0
