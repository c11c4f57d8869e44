"""The private installation that is measured: its database, its services' processes, its relays."""

import os
import pathlib
import shlex
import signal
import subprocess
import time
import urllib.error
import urllib.request

TICKS = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """What makes a measurement worthless."""


def wait_for(check, within, what):
    """Asks again and again until the answer is true, and returns it."""
    end = time.monotonic() + within
    while True:
        found = check()
        if found:
            return found
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {within} s")
        time.sleep(0.02)


def lock_key(name):
    """The number of an advisory lock by its name, as `LockName` computes it: FNV-1a, read as a signed number."""
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value - (1 << 64) if value >> 63 else value


class Installation:
    """What `deploy/up` has started in a folder."""

    def __init__(self, folder, programs):
        self.folder = pathlib.Path(folder)
        self.programs = pathlib.Path(programs)
        self.environment = {}
        for line in (self.folder / "env").read_text().splitlines():
            for word in shlex.split(line)[1:]:
                name, _, value = word.partition("=")
                self.environment[name] = value
        self.url = self.environment["DATABASE_URL"]
        self.servers = self.environment["KAFKA_BOOTSTRAP_SERVERS"]

    def address(self, service):
        return self.environment[f"{service.upper()}_GRPC"]

    # Programs

    def run(self, *command, timeout=3600):
        """The output of a program of ours, which sees this installation."""
        command = [str(self.programs / command[0]), *map(str, command[1:])]
        environment = {**os.environ, **self.environment, "ZTC_RUN": str(self.folder)}
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=timeout)
        if done.returncode != 0:
            raise Failure(f"{pathlib.Path(command[0]).name} {command[1]}: {done.stderr.strip()[-600:]}")
        return done.stdout

    def token(self, login):
        return self.run("ztc", "token", "--login", login).strip()

    # PostgreSQL

    def database(self, name):
        """The address of another database of the same server."""
        return self.url.rsplit("/", 1)[0] + "/" + name

    def sql(self, *statements, url=None):
        """Runs statements one by one and returns the rows of all, their columns as texts."""
        command = ["psql", url or self.url, "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1"]
        for statement in statements:
            command += ["-c", statement]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise Failure(f"psql: {done.stderr.strip()}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def value(self, statement, url=None):
        return self.sql(statement, url=url)[0][0]

    def server_log(self):
        """The server's log, for the statements that services have sent."""
        return pathlib.Path(self.value("SHOW data_directory")).parent / "server.log"

    def copy_schema(self, schemas, name):
        """A database of its own with empty tables like those of some schemas."""
        self.sql(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
        command = ["pg_dump", self.url, "--schema-only", *(f"--schema={schema}" for schema in schemas)]
        dump = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
        subprocess.run(
            ["psql", self.database(name), "-Xq", "-v", "ON_ERROR_STOP=1"], input=dump, check=True,
            stdout=subprocess.DEVNULL)
        return self.database(name)

    # Relays

    def lock_holder(self, schema):
        """The server process that holds the relay's lock of a schema; nothing when nobody does."""
        key = lock_key(f"relay.{schema}") & 0xFFFFFFFFFFFFFFFF
        rows = self.sql(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 "
            f"AND classid::bigint = {key >> 32} AND objid::bigint = {key & 0xFFFFFFFF} "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
        return rows[0][0] if rows else None

    def pause_relay(self, schema):
        """Takes the lock away from a service's relay and keeps it until the returned function is called."""
        before = self.lock_holder(schema)
        session = subprocess.Popen(
            ["psql", self.url, "-XqAt"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True)
        session.stdin.write(f"SELECT pg_backend_pid();\nSELECT pg_advisory_lock({lock_key('relay.' + schema)});\n")
        session.stdin.flush()
        own = session.stdout.readline().strip()
        if before:
            # This session stands in the queue by now, so that it is next.
            wait_for(
                lambda: self.sql(f"SELECT 1 FROM pg_locks WHERE pid = {own} AND locktype = 'advisory'"), 10,
                "waiting for the lock")
            self.sql(f"SELECT pg_terminate_backend({before})")
        wait_for(lambda: self.lock_holder(schema) == own, 10, "taking the relay's lock")

        def resume():
            session.stdin.close()
            session.wait()
            wait_for(lambda: self.lock_holder(schema) not in (None, own), 20, "the relay leading again")

        return resume

    def pending(self, schema):
        return int(self.value(f"SELECT count(*) FROM {schema}.pending"))

    # Processes

    def process(self, service):
        return int((self.folder / "pid" / service).read_text().split()[0])

    def processor_seconds(self, service):
        """What a service has used of the processors so far."""
        fields = pathlib.Path(f"/proc/{self.process(service)}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self, service):
        """What a service holds of the machine's memory, in MiB."""
        return int(pathlib.Path(f"/proc/{self.process(service)}/statm").read_text().split()[1]) * 4096 / 2**20

    def restart(self, service):
        """Stops a service, starts it as before, and returns the seconds until /readyz said that it serves."""
        number = self.process(service)
        environment = dict(
            pair.split("=", 1)
            for pair in pathlib.Path(f"/proc/{number}/environ").read_text().split("\0") if "=" in pair)
        program = (self.folder / "pid" / service).read_text().split()[1]
        os.kill(number, signal.SIGTERM)
        wait_for(lambda: not self.is_alive(number), 40, f"{service} stopping")
        begun = time.monotonic()
        with open(self.folder / "log" / f"{service}.log", "ab") as log:
            started = subprocess.Popen(
                [program], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        (self.folder / "pid" / service).write_text(f"{started.pid} {program}\n")
        port = environment[f"ZTC_{service.upper()}_HTTP_PORT"]

        def is_ready():
            if started.poll() is not None:
                raise Failure(f"{service} ended at its start")
            try:
                return urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1).status == 200
            except (urllib.error.URLError, OSError):
                return False

        wait_for(is_ready, 120, f"{service} ready")
        return time.monotonic() - begun

    @staticmethod
    def is_alive(number):
        try:
            state = pathlib.Path(f"/proc/{number}/stat").read_text().rsplit(") ", 1)[1][0]
        except FileNotFoundError:
            return False
        return state != "Z"
