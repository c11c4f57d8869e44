"""The schedule of faults, all of it drawn from the seed before the run begins, and how each fault is done."""

import dataclasses
import random
import threading
import time
import uuid

import confluent_kafka
import psycopg

from installation import SERVICES, eventually

from .ledger import stream
from .observers import READERS, consumer_of
from .topics import ACCOUNTS, AUDIENCES, CONTRADICTIONS, DECODED, POINTS, READ_BY_INBOX

# Topics of which the broker forgets some at the end of a run; no actor waits for what their readers do.
FORGOTTEN = [POINTS, AUDIENCES]
RELAY_POINTS = ["relay.beforeProduce", "relay.afterProduce", "relay.afterMark"]
AUDIT_POINTS = ["audit.beforeSeal", "audit.afterSeal"]
INBOX_POINTS = ["inbox.beforeCommit", "inbox.afterCommit"]

# Kind → how often it is drawn, by lane. The lanes work side by side, so that faults of different lanes meet.
LANES = {
    "processes": {"kill": 5, "crash-relay": 4, "crash-inbox": 4, "crash-audit": 1, "stop": 1},
    "infrastructure": {
        "postgres-fast": 2,
        "postgres-immediate": 3,
        "lock-holder": 4,
        "two-relays": 4,
        "slow": 3,
        "broker-away": 3,
        "broker-frozen": 3,
        "broker-empty": 3,
    },
    "messages": {
        "duplicate": 4,
        "reorder": 4,
        "corrupt": 2,
        "envelope": 1,
        "unknown": 1,
        "rejected": 1,
        "rebalance": 3,
    },
}
# Mean seconds between the beginnings of two faults of a lane.
PAUSES = {"processes": 9, "infrastructure": 20, "messages": 4}
# A broker that is emptied is refilled from all journals, which takes longer the longer the run is.
BETWEEN_EMPTYINGS = 180
# Outages of a long run, in seconds, and the part of the run after which each begins.
LONG_OUTAGES = [(60, 0.3), (600, 0.6)]
LONG_RUN = 60


@dataclasses.dataclass
class Fault:
    """One fault of the schedule."""

    at: float
    lane: str
    kind: str
    choice: int
    seconds: float


def plan(seed, minutes, only=None):
    """The faults of a run in their order, by lane. The first ones of a lane are one of each kind."""
    found = {}
    for lane, weights in LANES.items():
        rng = stream(seed, f"faults.{lane}")
        kinds = [kind for kind in weights if only is None or kind in only]
        found[lane] = []
        if not kinds:
            continue
        first = rng.sample(kinds, len(kinds))
        at, last_emptying = 5.0, -float(BETWEEN_EMPTYINGS)
        while True:
            at += PAUSES[lane] * (0.3 + 1.4 * rng.random())
            if at > minutes * 60:
                break
            kind = first.pop() if first else rng.choices(kinds, [weights[kind] for kind in kinds])[0]
            choice, seconds = rng.randrange(1 << 30), rng.random()
            if kind == "broker-empty":
                if at - last_emptying < BETWEEN_EMPTYINGS:
                    continue
                last_emptying = at
            found[lane].append(Fault(round(at, 1), lane, kind, choice, seconds))
    if minutes >= LONG_RUN and (only is None or "broker-away" in only):
        listed = found["infrastructure"]
        for away, part in LONG_OUTAGES:
            at = round(part * minutes * 60, 1)
            # The lane does one after the other: what falls into the outage is left out and not done in a row after it.
            listed = [fault for fault in listed if not at <= fault.at < at + away]
            listed.append(Fault(at, "infrastructure", "broker-long", 0, away))
        found["infrastructure"] = sorted(listed, key=lambda fault: fault.at)
    return found


class Faults:
    """Does the faults of a schedule to an installation."""

    def __init__(self, stage, recorder, ledger):
        self.stage = stage
        self.recorder = recorder
        self.ledger = ledger
        self.counts = {}
        self.injected = []
        self.uncertain = set()
        self.clusters = []
        self.stopping = threading.Event()
        # Set when the broker is needed no more.
        self.ended = threading.Event()
        # Whoever needs a broker that answers takes it; whoever takes the broker away, too.
        self.broker_lock = threading.RLock()

    def run(self, schedule):
        """Starts the lanes; they end with their schedules."""
        began = time.monotonic()
        threads = [
            threading.Thread(target=self._lane, args=(faults, began), name=lane, daemon=True)
            for lane, faults in schedule.items()
        ]
        for thread in threads:
            thread.start()
        threading.Thread(target=self._keep_broker, name="broker", daemon=True).start()
        return threads

    def _keep_broker(self):
        """Starts the development broker again when it has ended by itself; no finding: it is another empty one."""
        while not self.ended.wait(0.5):
            with self.broker_lock:
                if self.stage.broker.child.poll() is None:
                    continue
                log = self.stage.broker.log.read_text(errors="replace").splitlines()
                self.ledger.note("broker-ended", words=[line for line in log if "Assertion" in line][-1:])
                self.counts["broker-ended"] = self.counts.get("broker-ended", 0) + 1
                self.recorder.leave()
                self._enter_new_broker()

    def _lane(self, faults, began):
        for fault in faults:
            if self.stopping.wait(max(0, began + fault.at - time.monotonic())):
                return
            try:
                getattr(self, "_" + fault.kind.replace("-", "_"))(fault)
                self.counts[fault.kind] = self.counts.get(fault.kind, 0) + 1
                self.ledger.note("fault", fault=fault.kind, planned=fault.at)
            except (psycopg.Error, AssertionError, confluent_kafka.KafkaException, OSError) as error:
                # Two faults met, and one of them found nothing to break.
                self.ledger.note("fault-failed", fault=fault.kind, planned=fault.at, error=str(error)[:300])

    def _program(self, choice):
        return sorted(self.stage.replicas.items())[choice % len(self.stage.replicas)][1]

    # ── processes

    def _end(self, program, pause=0.0):
        with program.lock:
            if program.is_down:
                return
            program.kill()
            self.stage.kills += 1
            self.stopping.wait(pause)
            program.start()

    def _kill(self, fault):
        self._end(self._program(fault.choice), 4 * fault.seconds)

    def _stop(self, fault):
        program = self._program(fault.choice)
        with program.lock:
            program.thaw()
            began = time.monotonic()
            code = program.stop()
            self.ledger.note("stopped", program=program.name, code=code, seconds=round(time.monotonic() - began, 1))
            program.start()
        if code != 0:
            self.stage.deaths.append({"program": program.name, "code": code, "tail": ["did not stop within 40 s"]})
            self.ledger.note("death", program=program.name, code=code, tail=["when it was asked to stop"])

    def _crash_relay(self, fault):
        """Arms the process that waits for the lock, and ends the one that holds it."""
        service = SERVICES[fault.choice % len(SERVICES)]
        leader = self.stage.relay_leader(service)
        if leader is None:
            return
        point = f"{RELAY_POINTS[fault.choice // 4 % 3]}:{1 + fault.choice // 16 % 4}"
        other = next(
            program
            for program in self.stage.replicas.values()
            if program.service == service and program is not leader[0]
        )
        self._arm(other, point)
        self.stopping.wait(2)
        self._end(leader[0])

    def _crash_inbox(self, fault):
        service = sorted(READERS)[fault.choice % len(READERS)]
        point = f"{INBOX_POINTS[fault.choice // 3 % 2]}:{1 + fault.choice // 8 % 4}"
        self._arm(self.stage.replicas[service + ("-2" if fault.choice // 32 % 2 else "")], point)

    def _crash_audit(self, fault):
        self._arm(self._program(fault.choice), f"{AUDIT_POINTS[fault.choice // 16 % 2]}:{1 + fault.choice // 32 % 4}")

    def _arm(self, program, point):
        with program.lock:
            if program.is_down:
                return
            program.kill()
            self.stage.kills += 1
            program.start(crash_point=point)

    # ── PostgreSQL and locks

    def _postgres_fast(self, fault):
        self.stage.restart_postgres("fast")
        self._await_relays(fault)

    def _postgres_immediate(self, fault):
        self.stage.restart_postgres("immediate")
        self._await_relays(fault)

    def _lock_holder(self, fault):
        leader = self.stage.relay_leader(SERVICES[fault.choice % len(SERVICES)])
        if leader:
            self.stage.terminate(leader[1])
            self._await_relays(fault)

    def _await_relays(self, fault):
        """Notes how long it takes until every service has a relay that leads; other lanes go on breaking meanwhile."""
        began = time.monotonic()
        eventually(lambda: self.stage.leading() == len(SERVICES), within=60)
        self.ledger.note("back", after=fault.kind, seconds=round(time.monotonic() - began, 1))

    def _two_relays(self, fault):
        """The leader is frozen past the loss of its lock and comes back when another one leads."""
        service = SERVICES[fault.choice % len(SERVICES)]
        leader = self.stage.relay_leader(service)
        if leader is None:
            return
        program, backend = leader
        child = program.child
        program.freeze()
        try:
            self.stage.terminate(backend)
            self.stopping.wait(3 + 9 * fault.seconds)
        finally:
            if program.child is child:
                program.thaw()
        self._await_relays(fault)

    def _slow(self, fault):
        """A reader gets a tenth of its time."""
        service = sorted(READERS)[fault.choice % len(READERS)]
        program = self.stage.replicas[service + ("-2" if fault.choice // 32 % 2 else "")]
        end = time.monotonic() + 10 + 15 * fault.seconds
        try:
            while time.monotonic() < end and not self.stopping.is_set():
                program.freeze()
                time.sleep(0.45)
                program.thaw()
                time.sleep(0.05)
        finally:
            program.thaw()

    # ── the broker

    def _broker_away(self, fault):
        self._away(4 + 20 * fault.seconds)

    def _broker_long(self, fault):
        self._away(fault.seconds)

    def _away(self, seconds):
        """Takes the broker away, and notes how much had gathered and how fast it went out afterwards."""
        with self.broker_lock:
            _, before = self.stage.backlog()
            self.stage.broker.say("down")
            began = time.monotonic()
            self.stopping.wait(seconds)
            self.stage.broker.say("up")
            back = time.monotonic()
            eventually(self.stage.cluster, within=20)
        waiting, written = self.stage.backlog()
        eventually(lambda: self.stage.backlog()[0] <= waiting // 100, within=120)
        end = time.monotonic()
        self.ledger.note(
            "drained", away=round(back - began, 1), waiting=waiting, arrived=written - before,
            seconds=round(end - back, 1), meanwhile=self.stage.backlog()[1] - written,
        )  # fmt: skip

    def _broker_frozen(self, fault):
        with self.broker_lock:
            self.stage.broker.freeze()
            self.stopping.wait(3 + 12 * fault.seconds)
            self.stage.broker.thaw()
            eventually(self.stage.cluster, within=20)

    def _broker_empty(self, fault):
        with self.broker_lock:
            self.recorder.leave()
            self.stage.broker.kill()
            self.stopping.wait(1 + 6 * fault.seconds)
            self._enter_new_broker()

    def _enter_new_broker(self):
        """Starts a broker; one that does not serve in time is ended, and the keeper starts the next."""
        try:
            self.enter_cluster(self.stage.start_broker())
        except AssertionError as error:
            self.stage.broker.kill()
            self.ledger.note("broker-not-started", error=str(error)[:300])

    def enter_cluster(self, cluster):
        """A broker has begun; all that was in the one before is gone."""
        self.clusters.append(cluster)
        self.ledger.note("cluster", cluster=cluster)
        self.recorder.begin(cluster)

    def forget(self, choice):
        """A reader is away while the broker drops what it has not read: 5 MiB of a partition is what is kept."""
        topic = FORGOTTEN[choice % len(FORGOTTEN)]
        service = sorted(READ_BY_INBOX[topic])[0]
        programs = [program for program in self.stage.replicas.values() if program.service == service]
        for program in programs:
            program.kill()
            self.stage.kills += 1
        # Commands go on meanwhile, so that events are lost and not only repetitions.
        time.sleep(8)
        whole = eventually(
            lambda: [entry for entry in self.recorder.whole(topic) if entry[3].cluster == self.clusters[-1]], within=60
        )
        partition = whole[-1][3].partition
        key, value, headers, _ = max(
            (entry for entry in whole if entry[3].partition == partition), key=lambda entry: len(entry[1] or b"")
        )
        place = confluent_kafka.TopicPartition(topic, partition)
        consumer = consumer_of(self.stage.bootstrap)
        try:
            end = consumer.get_watermark_offsets(place, timeout=10)[1]
            for _ in range(100):
                # As much at a time as whoever reads takes in a second, or they would stand before the gap, too.
                self._inject("duplicate", [(topic, key, value, headers, partition)] * 300)
                time.sleep(0.5)
                low = consumer.get_watermark_offsets(place, timeout=10)[0]
                if low > end:
                    break
            else:
                raise AssertionError(f"the broker keeps all of {topic}[{partition}]")
        finally:
            consumer.close()
        self.counts["forget"] = 1
        self.ledger.note("fault", fault="forget", topic=topic, partition=partition, end=end, low=low)
        for program in programs:
            program.start()

    # ── messages

    def _inject(self, kind, messages):
        """Produces messages as they are: (topic, key, value, headers, partition or -1). Notes where each one went."""
        if not self.broker_lock.acquire(blocking=False):
            raise AssertionError("the broker is away")
        try:
            cluster = self.clusters[-1]
            producer = confluent_kafka.Producer(
                {
                    "bootstrap.servers": self.stage.bootstrap,
                    "partitioner": "murmur2_random",
                    "acks": "all",
                    "message.timeout.ms": 8000,
                    "message.send.max.retries": 0,
                    "log_level": 0,
                }
            )
            delivered = []
            for topic, key, value, headers, partition in messages:
                self.uncertain.add((cluster, topic, key.decode()))

                def arrived(error, record, identity=(topic, key)):
                    if error is None:
                        delivered.append((identity, record.partition(), record.offset()))

                options = {} if partition < 0 else {"partition": partition}
                producer.produce(topic, value, key, headers=headers, on_delivery=arrived, **options)
            producer.flush(10)
            known = {identity for identity, _, _ in delivered}
            for identity in known:
                self.uncertain.discard((cluster, identity[0], identity[1].decode()))
            for (topic, key), partition, offset in delivered:
                self.injected.append((kind, cluster, topic, key.decode(), partition, offset))
            places = [[topic, key.decode(), partition, offset] for (topic, key), partition, offset in delivered]
            self.ledger.note("injected", what=kind, cluster=cluster, places=places)
            for cluster_, topic, key in self.uncertain:
                if cluster_ == cluster:
                    self.ledger.note("injection-uncertain", cluster=cluster_, topic=topic, key=key)
        finally:
            self.broker_lock.release()

    def _old(self, fault, count, newest):
        """Whole messages that the recorder saw: the newest ones, or some of long ago."""
        rng = random.Random(fault.choice)
        topics = [*READ_BY_INBOX, ACCOUNTS]
        strange = {(cluster, topic, partition, offset) for _, cluster, topic, _, partition, offset in self.injected}
        for turn in range(len(topics)):
            topic = topics[(fault.choice + turn) % len(topics)]
            kept = [entry for entry in self.recorder.whole(topic) if entry[3].cluster == self.clusters[-1]]
            kept = [entry for entry in kept if entry[3].place not in strange]
            if kept:
                break
        else:
            raise AssertionError("the topics hold nothing yet")
        some = kept[-count:] if newest else rng.sample(kept, min(count, len(kept)))
        return [(topic, key, value, headers, seen.partition) for key, value, headers, seen in some]

    def _duplicate(self, fault):
        self._inject("duplicate", self._old(fault, 1 + fault.choice // 8 % 20, newest=True))

    def _reorder(self, fault):
        self._inject("reorder", self._old(fault, 1 + fault.choice // 8 % 10, newest=False))

    def _bad(self, fault, topic, type_, value, **changes):
        rng = random.Random(fault.choice)
        key = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        headers = envelope(rng, type_, key, 1) | changes
        return key, (topic, key.encode(), value, [(name, v) for name, v in headers.items() if v is not None], -1)

    def _corrupt(self, fault):
        """Bytes that are no message, and a second event of the same key behind it."""
        topic, type_ = DECODED[fault.choice % len(DECODED)]
        key, message = self._bad(fault, topic, type_, b"\xff" * (1 + fault.choice // 8 % 40))
        rng = random.Random(fault.choice + 1)
        behind = envelope(rng, type_, key, 2)
        self._inject("corrupt", [message, (topic, key.encode(), b"\xff\xff", list(behind.items()), -1)])

    def _envelope(self, fault):
        topic = list(READ_BY_INBOX)[fault.choice % len(READ_BY_INBOX)]
        missing = ["ce_id", "ce_source", "ce_type", "ce_aggregateseq", "ce_recordedtime"][fault.choice // 8 % 5]
        self._inject(
            "envelope", [self._bad(fault, topic, "zhitongche.policy.v1.PointPublished", b"", **{missing: None})[1]]
        )

    def _unknown(self, fault):
        topic = list(READ_BY_INBOX)[fault.choice % len(READ_BY_INBOX)]
        self._inject("unknown", [self._bad(fault, topic, "zhitongche.fault.v1.NeverHeardOf", b"\x0a\x01a")[1]])

    def _rejected(self, fault):
        """A message that decodes but contradicts its key."""
        topic, type_, _ = CONTRADICTIONS[fault.choice % len(CONTRADICTIONS)]
        self._inject("rejected", [self._bad(fault, topic, type_, b"\x0a\x05other")[1]])

    def _rebalance(self, fault):
        """A stranger joins a group of ours, takes partitions, and leaves without a word."""
        service = sorted(READERS)[fault.choice % len(READERS)]
        topics = [topic for topic, readers in READ_BY_INBOX.items() if service in readers]
        if not self.broker_lock.acquire(blocking=False):
            raise AssertionError("the broker is away")
        try:
            consumer = consumer_of(
                self.stage.bootstrap,
                **{"group.id": READERS[service], "auto.offset.reset": "earliest", "session.timeout.ms": 6000},
            )
            try:
                consumer.subscribe(topics)
                end = time.monotonic() + 2 + 6 * fault.seconds
                while time.monotonic() < end and not self.stopping.is_set():
                    consumer.poll(0.2)
            finally:
                consumer.close()
        finally:
            self.broker_lock.release()


def envelope(rng, type_, key, sequence):
    """Headers of a well-formed event from outside."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {
        "ce_specversion": "1.0",
        "ce_id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "ce_source": "/faults",
        "ce_type": type_,
        "ce_subject": key,
        "ce_time": now,
        "ce_dataschema": f"urn:zhitongche:proto:{type_}",
        "content-type": "application/protobuf",
        "ce_partitionkey": key,
        "ce_aggregateseq": f"{sequence:020}",
        "ce_recordedtime": now,
    }
