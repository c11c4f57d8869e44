"""Accounts of the private installation for posts that the development data do not have."""

import hashlib
import json
import secrets
import time
import uuid

# JSON dates of the command line count from the first moment of 2001.
REFERENCE = 978_307_200


def open_account(installation, login, unit, *roles, enterprise=None):
    """An account with an open session, known to `ztc token`; made once. An enterprise's account has no unit."""
    file = installation.folder / "secrets" / "accounts.json"
    known = json.loads(file.read_text()) if file.exists() else []
    if any(entry["login"] == login for entry in known):
        return
    account, session, refresh = str(uuid.uuid4()), str(uuid.uuid4()), secrets.token_hex(32)
    if enterprise:
        columns = f"'enterprise', NULL, NULL, '\\x{secrets.token_hex(32)}', '\\x00'"
    else:
        columns = f"'staff', '{login}', '{unit}', NULL, NULL"
    kind, name, place, phone, sealed = columns.split(", ")
    statements = [
        f"""INSERT INTO directory.account
                (id, kind, status, login, display_name, unit_id, phone_index, phone_sealed, password_hash, seq)
            VALUES ('{account}', {kind}, 'active', {name}, '{login}', {place}, {phone}, {sealed}, '-', 1)"""
    ]
    statements += [
        f"INSERT INTO directory.account_role (account_id, role_id, place) VALUES ('{account}', '{role}', {number})"
        for number, role in enumerate(roles)
    ]
    if enterprise:
        statements.append(
            "INSERT INTO directory.account_enterprise (account_id, enterprise_id, place) "
            f"VALUES ('{account}', '{enterprise}', 0)")
    statements += [
        f"""INSERT INTO directory.session (id, account_id, enterprise_id, second_factor, opened_at)
            VALUES ('{session}', '{account}', {f"'{enterprise}'" if enterprise else 'NULL'}, true, now())""",
        f"""INSERT INTO directory.refresh_token (token_hash, session_id, issued_at, expires_at)
            VALUES ('\\x{hashlib.sha256(refresh.encode()).hexdigest()}', '{session}', now(), now() + interval '1 day')""",
    ]
    installation.sql("BEGIN", *statements, "COMMIT")
    known.append({
        "login": login, "password": "", "totpSecret": "", "roles": list(roles),
        "session": {
            "access": "", "accessExpires": 0, "refresh": refresh, "refreshExpires": time.time() - REFERENCE + 80_000,
        },
    })
    file.write_text(json.dumps(known))
