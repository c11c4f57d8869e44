"""The floors that do the same work without the services: pgbench over the services' own statements, librdkafka, COPY."""

import json
import pathlib
import re
import subprocess
import time

from installation import Failure

HERE = pathlib.Path(__file__).resolve().parent


def pgbench(url, script, clients, seconds, variables=None, transactions=None):
    """Transactions per second of a script, prepared: for some seconds, or so many transactions per client."""
    command = ["pgbench", url, "-n", "-M", "prepared", "-f", str(script), "-c", str(clients), "-j",
               str(min(2, clients))]
    command += ["-t", str(transactions)] if transactions else ["-T", str(max(1, round(seconds)))]
    for name, value in (variables or {}).items():
        command += ["-D", f"{name}={value}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    rate = re.search(r"tps = ([0-9.]+)", done.stdout)
    failed = re.search(r"number of failed transactions: (\d+)", done.stdout)
    if done.returncode != 0 or not rate or (failed and failed.group(1) != "0"):
        raise Failure(f"pgbench: {done.stderr.strip()[-600:]}")
    return float(rate.group(1))


# The statements of a script are those of the service


def normalised(statement):
    """A statement with every parameter as a question mark, without casts of parameters and without line breaks."""
    statement = re.sub(r"(\$\d+|(?<![:\w]):[a-z_0-9]+)(::[a-z]+\[\])?", "?", statement)
    return re.sub(r"\s+", " ", statement).strip().rstrip(";")


def statements_of(script):
    """The statements of a pgbench script in their order."""
    text = script.read_text().rsplit("-- transaction\n", 1)[-1].replace("#", "")
    text = "\n".join(line for line in text.splitlines() if not line.startswith(("--", "\\set")))
    return [normalised(part) for part in re.split(r";|\\gset[ \t]*\w*", text) if part.strip()]


def statements_sent(installation, marker, work):
    """What the service that uses the marker in its statements sends to the server in one transaction of the work."""
    log = installation.server_log()
    installation.sql("ALTER SYSTEM SET log_statement = 'all'", "SELECT pg_reload_conf()")
    time.sleep(0.5)
    size = log.stat().st_size
    try:
        work()
        time.sleep(0.3)
    finally:
        installation.sql("ALTER SYSTEM RESET log_statement", "SELECT pg_reload_conf()")
    with open(log, "rb") as file:
        file.seek(size)
        text = file.read().decode()
    sessions, current = {}, None
    for line in text.splitlines():
        head = re.match(r"\S+ \S+ \S+ \[(\d+)\] (\w+):  (.*)", line)
        if not head:
            if current is not None:
                current[-1] += "\n" + line
            continue
        number, kind, rest = head.groups()
        said = re.match(r"(?:execute [^:]+|statement): (.*)", rest)
        current = None
        if kind == "LOG" and said:
            current = sessions.setdefault(number, [])
            current.append(said.group(1))
    for said in sessions.values():
        said = [normalised(statement) for statement in said]
        for place, statement in enumerate(said):
            if marker in statement and "COMMIT" in said[place:]:
                begin = max(index for index in range(place + 1) if said[index].startswith("BEGIN"))
                return distinct(said[begin:said.index("COMMIT", place) + 1])
    raise Failure(f"no transaction with {marker} was seen")


def distinct(statements):
    """Each statement once, in the order of the first ones: effects are repeated for every event."""
    return list(dict.fromkeys(statements))


def check_statements(installation, script, marker, work):
    """Fails unless the script holds exactly the statements that the service sends."""
    sent, written = statements_sent(installation, marker, work), distinct(statements_of(script))
    for place in range(max(len(sent), len(written))):
        service = sent[place] if place < len(sent) else "(nothing)"
        floor = written[place] if place < len(written) else "(nothing)"
        if service != floor:
            raise Failure(f"{script.name} is no longer what the service sends:\n  service: {service}\n  floor:   {floor}")


# The broker alone


class Broker:
    """A development broker of its own for the floors, with one topic."""

    topic = "floor"

    def __init__(self, installation):
        self.installation = installation
        self.process = subprocess.Popen(
            [str(installation.programs / "devbroker"), "--port", "0", "--topic", f"{self.topic}:12"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.servers = self.process.stdout.readline().strip().removeprefix("bootstrap=")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def measure(self, command, *options):
        return json.loads(self.installation.run(
            "benchmark", command, "--servers", self.servers, "--topic", self.topic, *options))


def write_events(installation, schema, topic, limit, file):
    """Writes what the journal holds of a topic's newest events, for `benchmark throughput` and `latency`."""
    file.write_text("".join("\t".join(row) + "\n" for row in installation.sql(
        f"""SELECT key, type, seq, event_id,
                to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                coalesce(traceparent, ''), encode(payload, 'hex')
            FROM {schema}.journal WHERE topic = '{topic}' ORDER BY id DESC LIMIT {limit}""")))


class Echo:
    """The server that does nothing."""

    def __init__(self, installation):
        self.process = subprocess.Popen(
            [str(installation.programs / "benchmark"), "echo"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True)
        self.address = "127.0.0.1:" + self.process.stdout.readline().strip().removeprefix("port ")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


# COPY of the same rows into the same tables


def copy_rows(installation, tables, folder):
    """Copies tables out and, timed, into empty ones of the same definition with all their keys and indexes.

    Returns the seconds that reading in took."""
    schema = tables[0].split(".")[0]
    url = installation.copy_schema([schema], "floor_copy")
    folder.mkdir(parents=True, exist_ok=True)
    commands = ["BEGIN;"]
    for table, condition in tables_with_conditions(tables):
        file = folder / f"{table}.copy"
        columns = installation.value(
            "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute "
            f"WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped")
        with open(file, "wb") as out:
            subprocess.run(
                ["psql", installation.url, "-Xq", "-c",
                 f"COPY (SELECT {columns} FROM {table} {condition}) TO STDOUT"], stdout=out, check=True)
        commands.append(f"\\copy {table} ({columns}) FROM '{file}'")
    commands.append("COMMIT;")
    begun = time.monotonic()
    subprocess.run(
        ["psql", url, "-Xq", "-v", "ON_ERROR_STOP=1"], input="\n".join(commands) + "\n", text=True, check=True,
        stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - begun
    for table, _ in tables_with_conditions(tables):
        (folder / f"{table}.copy").unlink()
    return seconds, url


def tables_with_conditions(tables):
    """Each table with its condition, which may follow after a blank."""
    for table in tables:
        name, _, condition = table.partition(" ")
        yield name, condition

