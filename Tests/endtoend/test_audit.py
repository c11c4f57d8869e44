"""DIR-8, RELIABILITY 20: the audit of a running installation, collected, exported and checked from outside."""

import pathlib
import subprocess
import sys

from installation import SERVICES, eventually

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERIFY = ROOT / "deploy" / "audit" / "verify.py"


def collected(installation):
    """Whether every service's chain has reached the directory."""
    answer = installation.query(
        "SELECT service FROM directory.collected_batch GROUP BY service ORDER BY service", user="ztc_auditor"
    )
    return answer.stdout.split() == sorted(SERVICES)


def leave_a_trace_everywhere(installation, client):
    """Calls without a token are refused, and refusals are audited."""
    calls = {
        "policy": "ListPoints",
        "enterprise": "ListEnterprises",
        "project": "ListProjects",
        "notification": "ListInbox",
        "assessment": "ListIndicators",
        "appeal": "ListCases",
        "directory": "ListAccounts",
    }
    for service, method in calls.items():
        client.refusal(f"zhitongche.{service}.v1.{service.capitalize()}Service/{method}", token=None)
    eventually(lambda: collected(installation))
    installation.wait_until_quiet()


def test_chains_of_every_service_hold_and_are_exported(installation, client, tmp_path):
    """DIR-8: the product's check and one that shares nothing with it come to the same heads."""
    leave_a_trace_everywhere(installation, client)
    heads = tmp_path / "heads.txt"
    installation.ztc("audit", "heads", "--out", heads)
    told = installation.ztc("audit", "verify", "--heads", heads).stdout
    assert told.count("sound") == 2 * len(SERVICES) and "BROKEN" not in told, told
    installation.ztc("audit", "export", "--out", tmp_path)
    for service in SERVICES:
        file = tmp_path / f"{service}.audit"
        checked = subprocess.run(
            [sys.executable, VERIFY, file, heads], capture_output=True, text=True, check=False, timeout=60
        )
        assert checked.stdout.startswith(f"sound: {service}, "), checked.stdout + checked.stderr
        assert "sound" in installation.ztc("audit", "verify", "--file", file, "--heads", heads).stdout


def test_a_change_by_the_administrator_of_the_database_is_named(installation, client, tmp_path):
    """RELIABILITY 20: edited in one table, found there, and the directory's copy still holds."""
    leave_a_trace_everywhere(installation, client)
    identity = installation.query("SELECT min(entry_id) FROM policy.audit_seal").stdout.strip()
    change = "SET session_replication_role = replica; UPDATE policy.audit_entry SET outcome = '{}' WHERE id = {}"
    before = installation.query(f"SELECT outcome FROM policy.audit_entry WHERE id = {identity}").stdout.strip()
    installation.query(change.format("done" if before == "denied" else "denied", identity))
    try:
        refused = installation.ztc("audit", "verify", "--service", "policy", check=False)
        assert refused.returncode != 0
        assert f"policy, batch 1, place 1: the entry {identity} is not what was sealed" in refused.stderr
        assert refused.stdout.count("BROKEN") == 1 and refused.stdout.count("sound") == 1, refused.stdout
        # The evidence of the others is whole.
        assert installation.ztc("audit", "export", "--out", tmp_path, check=False).returncode != 0
        checked = installation.ztc("audit", "verify", "--file", tmp_path / "notification.audit").stdout
        assert "sound" in checked, checked
    finally:
        installation.query(change.format(before, identity))
    installation.ztc("audit", "verify", "--service", "policy")


def test_an_auditor_finds_who_did_what(installation, client):
    """DIR-8: logins are in it, and asking leaves an entry."""
    leave_a_trace_everywhere(installation, client)
    assert "Login" in installation.ztc("audit", "list", "--method", "Login", "--outcome", "done").stdout
    found = eventually(lambda: installation.ztc("audit", "list", "--method", "ListAuditEntries").stdout.count("audit"))
    assert found
    assert "ListPoints" in installation.ztc("audit", "list", "--service", "policy", "--outcome", "denied").stdout
