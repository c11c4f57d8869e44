"""An installation with two processes of every service, all of them children of the run, so that each end is seen."""

import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

import confluent_kafka
import psycopg

from installation import ROOT, SERVICES, Installation, eventually

# Below the range from which the system takes ports for outgoing connections: a port has to be free again when its
# process comes back.
FIRST_PORT, LAST_PORT = 20_000, 32_000


def claim_port(rng):
    """A port that nobody listens on and that outgoing connections do not take."""
    while True:
        port = rng.randrange(FIRST_PORT, LAST_PORT)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def is_free(port):
    """Whether a server could listen on a port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
            return True
        except OSError:
            return False


class Program:
    """One process of the installation: started, ended, frozen, and started again with the same settings."""

    def __init__(self, name, service, arguments, environment, log, pid_file=None, on_stop=None):
        self.name = name
        self.service = service
        self.arguments = arguments
        self.environment = environment
        self.log = log
        self.pid_file = pid_file
        self.child = None
        self.armed = None
        self.lock = threading.RLock()
        # True while somebody has ended it on purpose and will start it again.
        self.is_down = True

    @property
    def address(self):
        return f"127.0.0.1:{self.environment[f'ZTC_{self.service.upper()}_GRPC_PORT']}"

    def start(self, crash_point=None):
        """Starts it; with a crash point the process kills itself there."""
        with self.lock:
            environment = dict(self.environment)
            if crash_point:
                environment["ZTC_CRASH_POINT"] = crash_point
            with open(self.log, "ab") as log, open(self.log.with_suffix(".out"), "wb") as out:
                self.child = subprocess.Popen(
                    self.arguments,
                    env=environment,
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=out,
                    stderr=log,
                    start_new_session=True,
                )
            if self.pid_file:
                self.pid_file.write_text(f"{self.child.pid} {os.path.realpath(self.arguments[0])}\n")
            self.armed = crash_point
            self.is_down = False

    def kill(self):
        """Ends it at once, as a power cut would."""
        with self.lock:
            self.is_down = True
            self.child.kill()
            self.child.wait()

    def stop(self, within=40):
        """Asks it to stop and returns its code; None when it had to be ended."""
        with self.lock:
            self.is_down = True
            self.child.terminate()
            self.child.send_signal(signal.SIGCONT)
            try:
                return self.child.wait(within)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
                return None

    def freeze(self):
        self.child.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.child.send_signal(signal.SIGCONT)

    def say(self, line):
        """Writes a line to its standard input, by which the development broker is steered."""
        self.child.stdin.write(line.encode() + b"\n")
        self.child.stdin.flush()


class Stage(Installation):
    """The installation of a run: one broker, PostgreSQL, and two processes of each service."""

    def __init__(self, run, enterprises, rng, ledger_folder):
        super().__init__(run, enterprises)
        self.rng = rng
        self.broker = None
        self.replicas = {}
        self.deaths = []
        self.kills = 0
        self._ledger = ledger_folder
        self._keeping = threading.Event()
        self._keeper = None

    def begin(self, note):
        """Brings everything up with data, then starts every process anew as a child of this one."""
        self.note = note
        self.run.mkdir(parents=True, exist_ok=True)
        for name in ("broker.port", "postgres.port"):
            (self.run / name).write_text(str(claim_port(self.rng)))
        self.up("--no-scenario")
        kept = {**self.addresses}
        self._addresses = kept
        for name in ["broker", *SERVICES]:
            process = self.processes[name]
            program = Program(
                name, name, process.arguments, process.environment, process.log, pid_file=process.pid_file
            )
            os.kill(process.number, signal.SIGKILL)
            eventually(lambda process=process: not process.lives(), within=40)
            if name == "broker":
                self.broker = program
                self.start_broker()
            else:
                self.replicas[name] = program
                program.start()
                self.replicas[f"{name}-2"] = self._second(program)
        self._keeping.set()
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)
        self._keeper.start()

    def _second(self, first):
        prefix = f"ZTC_{first.service.upper()}_"
        ports = {f"{prefix}GRPC_PORT": str(claim_port(self.rng)), f"{prefix}HTTP_PORT": str(claim_port(self.rng))}
        log = self.run / "log" / f"{first.service}-2.log"
        second = Program(f"{first.service}-2", first.service, first.arguments, first.environment | ports, log)
        second.start()
        return second

    @property
    def addresses(self):
        # Read once: while processes come and go the file stays as it is.
        return getattr(self, "_addresses", None) or super().addresses

    def targets(self, service):
        """Addresses of the service's processes."""
        return [program.address for program in self.replicas.values() if program.service == service]

    # ── the broker

    def start_broker(self):
        """Starts the broker, empty, on its port, and waits until it tells its cluster."""
        # What was killed may hold its port for a moment longer, and a broker that cannot have it gives up.
        eventually(lambda: is_free(int((self.run / "broker.port").read_text())), within=20)
        self.broker.start()
        return eventually(self.cluster, within=20)

    def cluster(self):
        """The identifier of the broker's cluster; empty while it does not answer."""
        consumer = confluent_kafka.Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": "faults-asking",
                "socket.timeout.ms": 3000,
                "log_level": 0,
            }
        )
        try:
            return consumer.list_topics("ztc.policy.point.events.v1", timeout=3).cluster_id or ""
        except confluent_kafka.KafkaException:
            return ""
        finally:
            consumer.close()

    # ── PostgreSQL

    def database(self):
        """A connection of the administrator, which commits by itself."""
        return psycopg.connect(self.addresses["DATABASE_URL"], autocommit=True, connect_timeout=5)

    def restart_postgres(self, mode):
        """Stops the cluster in a mode and starts it again."""
        self.stack(f'as_postgres "$postgres_binaries/pg_ctl" -D "$cluster/data" -m {mode} -w stop >/dev/null')
        self.postgres("start")

    def relay_leader(self, service):
        """The program and the backend of the session that holds a service's relay lock; None when nobody does."""
        with self.database() as connection:
            row = connection.execute(
                """
                SELECT activity.pid, activity.client_port FROM pg_stat_activity AS activity
                JOIN pg_locks AS lock ON lock.pid = activity.pid AND lock.locktype = 'advisory' AND lock.granted
                WHERE activity.application_name = %s LIMIT 1
                """,
                [f"ztc-{service} relay"],
            ).fetchone()
        if row is None:
            return None
        backend, port = row
        for program in self.replicas.values():
            if program.service == service and port in local_ports(program.child.pid):
                return program, backend
        return None

    def leading(self):
        """How many services have a relay that holds its lock."""
        with self.database() as connection:
            return connection.execute(
                """
                SELECT count(DISTINCT application_name) FROM pg_stat_activity AS activity
                JOIN pg_locks AS lock ON lock.pid = activity.pid AND lock.locktype = 'advisory' AND lock.granted
                WHERE activity.application_name LIKE 'ztc-% relay'
                """
            ).fetchone()[0]

    def backlog(self):
        """How many events wait to be published, and how many were ever written, of all services together."""
        waiting = " + ".join(f"(SELECT count(*) FROM {service}.pending)" for service in SERVICES)
        written = " + ".join(f"(SELECT coalesce(max(id), 0) FROM {service}.journal)" for service in SERVICES)
        with self.database() as connection:
            return connection.execute(f"SELECT {waiting}, {written}").fetchone()

    def terminate(self, backend):
        """Ends a session of the database."""
        with self.database() as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", [backend])

    # ── processes that end

    def _keep(self):
        """Starts again whatever has ended by itself, and remembers how it ended."""
        while self._keeping.is_set():
            for program in self.replicas.values():
                with program.lock:
                    if program.is_down or program.child is None or program.child.poll() is None:
                        continue
                    code = program.child.returncode
                    if program.armed and code == -signal.SIGKILL:
                        self.kills += 1
                        self.note("crashed", program=program.name, point=program.armed)
                    else:
                        tail = program.log.read_text(errors="replace").splitlines()[-3:]
                        death = {"program": program.name, "code": code, "tail": tail}
                        self.deaths.append(death)
                        self.note("death", **death)
                    program.start()
            time.sleep(0.2)

    def heal(self):
        """Everything runs, thawed, without crash points."""
        self.broker.thaw()
        self.broker.say("up")
        for program in self.replicas.values():
            with program.lock:
                if program.is_down:
                    program.start()
                program.thaw()
                if program.armed:
                    program.kill()
                    program.start()

    def end(self):
        """Stops all processes; returns the codes of the services."""
        self._keeping.clear()
        if self._keeper:
            self._keeper.join()
        codes = {}
        for program in [*self.replicas.values()]:
            if program.child and program.child.poll() is None:
                codes[program.name] = program.stop()
        if self.broker and self.broker.child and self.broker.child.poll() is None:
            self.broker.kill()
        return codes


def local_ports(number):
    """Local ports of the TCP connections of a process."""
    wanted = set()
    try:
        for link in pathlib.Path(f"/proc/{number}/fd").iterdir():
            name = os.readlink(link)
            if name.startswith("socket:["):
                wanted.add(name[8:-1])
        lines = pathlib.Path(f"/proc/{number}/net/tcp").read_text().splitlines()[1:]
    except OSError:
        # It ended while it was looked at.
        return set()
    fields = [line.split() for line in lines]
    return {int(field[1].rpartition(":")[2], 16) for field in fields if field[9] in wanted}
