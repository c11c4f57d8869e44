"""A whole installation of the product in a folder of its own, started and stopped as an operator does it."""

import json
import os
import pathlib
import shlex
import signal
import socket
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUBSCRIBER = ["--subscriber", "deploy/python Tests/interop/subscriber.py"]
SERVICES = ["directory", "policy", "enterprise", "project", "notification", "assessment", "appeal"]


def eventually(check, within=60, every=0.1):
    """Repeats `check` until it returns something true and returns that; the last answer stands in the failure.

    The limit is generous, since machines are shared.
    """
    deadline = time.monotonic() + within
    while True:
        try:
            last = check()
            if last:
                return last
        except AssertionError as error:
            last = error
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {within} s; last seen: {last!r}")
        # The pause between two looks; what is waited for happens in another process.
        time.sleep(every)


def is_open(port):
    """Whether somebody listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processes_with(name, value):
    """Numbers and programs of the living processes whose environment holds a variable with this value."""
    wanted = f"{name}={value}".encode()
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                found[int(entry.name)] = os.readlink(entry / "exe")
        except OSError:
            # It ended while it was looked at, or belongs to somebody else.
            continue
    return found


class Process:
    """A started program of the installation: what it takes to end it without warning and to start it again."""

    def __init__(self, installation, name):
        self.name = name
        self.pid_file = installation.run / "pid" / name
        self.log = installation.run / "log" / f"{name}.log"
        self.number = int(self.pid_file.read_text().split()[0])
        place = pathlib.Path(f"/proc/{self.number}")
        self.arguments = place.joinpath("cmdline").read_bytes().decode().rstrip("\0").split("\0")
        pairs = place.joinpath("environ").read_bytes().decode().rstrip("\0").split("\0")
        self.environment = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
        self.child = None

    def kill(self):
        """Ends the process at once, as a power cut would."""
        os.kill(self.number, signal.SIGKILL)
        if self.child:
            self.child.wait()
        eventually(lambda: not self.lives())

    def lives(self):
        try:
            state = pathlib.Path(f"/proc/{self.number}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        return state != "Z"

    def start(self, **environment):
        """Starts it as deploy/up did; the number is noted, so that deploy/down finds the new process."""
        with open(self.log, "ab") as log, open(self.log.with_suffix(".out"), "wb") as out:
            self.child = subprocess.Popen(
                self.arguments,
                env=self.environment | environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                start_new_session=True,
            )
        self.number = self.child.pid
        self.pid_file.write_text(f"{self.number} {os.path.realpath(self.arguments[0])}\n")


class Installation:
    """The installation below one folder, given by ZTC_RUN."""

    def __init__(self, run, enterprises):
        self.run = pathlib.Path(run).resolve()
        programs = os.environ.get("ZTC_BIN") or ROOT / ".build" / "debug"
        self.programs = pathlib.Path(os.path.realpath(programs))
        # What the caller's own installation is must not reach this one.
        own = ("KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL", "ZTC_", *(f"{name.upper()}_GRPC" for name in SERVICES))
        clean = {name: value for name, value in os.environ.items() if not name.startswith(own)}
        self.environment = clean | {
            "ZTC_RUN": str(self.run),
            "ZTC_BIN": str(self.programs),
            "ZTC_ENTERPRISES": str(enterprises),
        }
        self.processes = {}

    def shell(self, *command, timeout=600, check=True):
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if check:
            assert done.returncode == 0, f"{shlex.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
        return done

    def up(self, *options):
        done = self.shell("deploy/up", *options)
        self.processes = {name: Process(self, name) for name in ["broker", *SERVICES]}
        return done

    def down(self, *options):
        return self.shell("deploy/down", *options)

    def ztc(self, *arguments, **options):
        return self.shell(self.programs / "ztc", *arguments, **options)

    def scenario(self):
        """Runs the whole story, the outside subscriber included."""
        return self.ztc("scenario", *SUBSCRIBER, timeout=600)

    def scenario_under_way(self):
        """Starts the story; its lines can be read as they are told."""
        return subprocess.Popen(
            [self.programs / "ztc", "scenario", *SUBSCRIBER],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def status(self):
        return {entry["service"]: entry for entry in json.loads(self.ztc("status", "--json").stdout)}

    def wait_until_quiet(self, timeout=90):
        self.ztc("status", "--wait", "--timeout", str(timeout), timeout=timeout + 60)

    def is_quiet(self, within=20):
        """Whether it becomes quiet soon."""
        arguments = ("status", "--wait", "--timeout", str(within))
        return self.ztc(*arguments, check=False, timeout=within + 60).returncode == 0

    def token(self, role=None, login=None):
        option = ["--login", login] if login else ["--role", role]
        return self.ztc("token", *option).stdout.strip()

    @property
    def addresses(self):
        """The variables of the file `env`, as a shell reads them."""
        lines = (self.run / "env").read_text().splitlines()
        return dict(shlex.split(line.removeprefix("export "))[0].split("=", 1) for line in lines)

    def address(self, service):
        return self.addresses[f"{service.upper()}_GRPC"]

    @property
    def bootstrap(self):
        return self.addresses["KAFKA_BOOTSTRAP_SERVERS"]

    def secret(self, name):
        return (self.run / "secrets" / name).read_text().strip()

    def stack(self, script):
        """Runs a line of shell with what deploy/up and deploy/down know."""
        return self.shell("bash", "-euc", f'root={shlex.quote(str(ROOT))}; . deploy/stack.sh; {script}').stdout.strip()

    def postgres(self, action):
        """Stops the cluster without warning, or starts it again as deploy/up did."""
        options = "-m immediate -w stop" if action == "stop" else '-l "$cluster/server.log" -w start'
        if action == "start":
            port = (self.run / "postgres.port").read_text().strip()
            options += (
                f' -o "-c listen_addresses=127.0.0.1 -c port={port}'
                ' -c unix_socket_directories=$cluster -c max_connections=400"'
            )
        self.stack(f'as_postgres "$postgres_binaries/pg_ctl" -D "$cluster/data" {options} >/dev/null')

    def query(self, text, user=None, check=True):
        """Runs SQL with psql: as the administrator, or as one of the roles with its own password."""
        administrator = self.addresses["DATABASE_URL"]
        if user is None:
            return self.shell("psql", administrator, "-XAtqc", text, check=check)
        host, _, database = administrator.rpartition("@")[2].partition("/")
        address = f"postgresql://{user}:{self.secret(user)}@{host}/{database}"
        return self.shell("psql", address, "-XAtqc", text, check=check)

    def ports(self):
        """Every port that the installation uses, PostgreSQL and the pages of metrics included."""
        found = {int(address.rpartition(":")[2]) for address in map(self.address, SERVICES)}
        found.add(int(self.bootstrap.rpartition(":")[2]))
        found.add(int((self.run / "postgres.port").read_text()))
        for name in SERVICES:
            found.add(int(self.processes[name].environment[f"ZTC_{name.upper()}_HTTP_PORT"]))
        return found


class Forwarder:
    """A loopback port behind which there is nothing until it is opened, and then another port."""

    def __init__(self, target):
        self.target = target
        self.port = free_port()
        self.listener = None

    def open(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        if self.listener:
            self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            for source, sink in [(client, server), (server, client)]:
                threading.Thread(target=self._copy, args=(source, sink), daemon=True).start()

    @staticmethod
    def _copy(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            # One side is gone, which ends the other.
            sink.close()
