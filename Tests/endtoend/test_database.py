"""XCT-11, RELIABILITY 19: each service's role reaches its own schema only, and nobody edits the audit."""

import pytest

from installation import SERVICES

FOREIGN = [
    (f"ztc_{service}_{kind}", schema)
    for service in SERVICES
    for kind in ("app", "migrator")
    for schema in SERVICES
    if schema != service
]


@pytest.mark.parametrize("role, schema", FOREIGN)
def test_a_role_reaches_no_schema_of_another_service(installation, role, schema):
    tables = installation.query(f"SELECT tablename FROM pg_tables WHERE schemaname = '{schema}'").stdout.split()
    assert len(tables) > 10
    # One session asks for every table and tells of those that answer: there is none.
    probe = "\n".join(
        f"""BEGIN PERFORM FROM {schema}."{table}" LIMIT 1; RAISE EXCEPTION 'readable: {table}';
            EXCEPTION WHEN insufficient_privilege THEN NULL; END;"""
        for table in tables
    )
    installation.query(f"DO $probe$ BEGIN {probe} END $probe$", user=role)
    refused = installation.query(f'SELECT 1 FROM {schema}."{tables[0]}"', user=role, check=False)
    assert refused.returncode != 0
    assert f"permission denied for schema {schema}" in refused.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_cannot_change_its_audit(installation, service):
    app = f"ztc_{service}_app"
    assert int(installation.query(f"SELECT count(*) FROM {service}.audit_entry", user=app).stdout) >= 0
    for statement in [
        f"UPDATE {service}.audit_entry SET reason = ''",
        f"DELETE FROM {service}.audit_entry",
        f"TRUNCATE {service}.audit_entry",
        f"DROP TABLE {service}.audit_entry",
        f"ALTER TABLE {service}.audit_entry DISABLE TRIGGER ALL",
        f"CREATE TABLE {service}.own (n int)",
        "CREATE TABLE public.own (n int)",
        f"SET ROLE ztc_{service}_owner",
    ]:
        refused = installation.query(statement, user=app, check=False)
        assert refused.returncode != 0, statement
        assert "permission denied" in refused.stderr or "must be owner" in refused.stderr, refused.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_the_auditor_reads_and_does_nothing_else(installation, service):
    installation.query(f"SELECT count(*) FROM {service}.audit_entry", user="ztc_auditor")
    for statement in [f"INSERT INTO {service}.business_clock VALUES (true, 0)", f"DELETE FROM {service}.audit_entry"]:
        refused = installation.query(statement, user="ztc_auditor", check=False)
        assert refused.returncode != 0 and "permission denied" in refused.stderr, statement


def test_the_audit_holds_what_was_done_and_denied(installation, client):
    """XCT-10: a denied call leaves its line, with who and why."""
    token = installation.token(role="data-steward")
    client.refusal("zhitongche.policy.v1.PolicyService/DraftPoint", token=token)
    row = installation.query(
        """SELECT outcome, reason, subject <> '' FROM policy.audit_entry WHERE method LIKE '%/DraftPoint'
           AND outcome = 'denied' ORDER BY id DESC LIMIT 1""",
        user="ztc_auditor",
    ).stdout.strip()
    assert row == "denied|ACTION_DENIED|t"
