"""The audit's chains as an auditor looks at them: heads kept from the beginning, and two checks that share nothing."""

import re
import subprocess
import sys

from installation import ROOT, SERVICES, eventually

VERIFY = ROOT / "deploy" / "audit" / "verify.py"


def keep_heads(stage):
    """Keeps the heads of the chains as they are now outside of the database."""
    stage.ztc("audit", "heads", "--out", stage.run / "heads.txt")


def chains(stage):
    """What each means says of each service's chain: (means, service, whether it is sound, what was told)."""
    found = []
    try:
        eventually(lambda: all_sealed(stage), within=60)
    except AssertionError:
        found.append(("the workers audit-sealer", "every service", False, "entries have no place in a chain"))
    heads = stage.run / "heads.txt"
    verified = stage.ztc("audit", "verify", "--heads", heads, check=False)
    exported = stage.ztc("audit", "export", "--out", stage.run / "audit", check=False)
    found += told_by_product(verified.stdout, verified.stderr)
    return found + told_by_script(stage, heads, exported.stderr)


def all_sealed(stage):
    """Whether every entry of the audit has its place in its chain, so that none can be missing from it."""
    with stage.database() as connection:
        return all(
            connection.execute(
                f"""
                SELECT NOT EXISTS (
                    SELECT FROM {schema}.audit_entry AS entry
                    WHERE NOT EXISTS (SELECT FROM {schema}.audit_seal AS seal WHERE seal.entry_id = entry.id))
                """
            ).fetchone()[0]
            for schema in SERVICES
        )


def told_by_product(out, errors):
    """The lines of the table that `ztc audit verify` prints: the service's own chain, and the directory's copy."""
    found = []
    for service in SERVICES:
        lines = [line for line in out.splitlines() if re.match(rf"\W*{service}\b", line)]
        faults = [line.strip() for line in errors.splitlines() if re.search(rf"\b{service}, batch", line)]
        is_sound = len(lines) == 2 and all("sound" in line for line in lines)
        found.append(("ztc audit verify", service, is_sound, "; ".join(faults or lines) or errors.strip()))
    return found


def told_by_script(stage, heads, errors):
    """What the script that shares nothing with the product says of the exported chains."""
    found = []
    for service in SERVICES:
        file = stage.run / "audit" / f"{service}.audit"
        checked = subprocess.run(
            [sys.executable, VERIFY, file, heads], capture_output=True, text=True, check=False, timeout=120
        )
        is_sound = checked.returncode == 0 and checked.stdout.startswith(f"sound: {service}, ")
        words = (checked.stdout + checked.stderr).strip()
        found.append(("deploy/audit/verify.py", service, is_sound, words if is_sound else f"{words} {errors}".strip()))
    return found
