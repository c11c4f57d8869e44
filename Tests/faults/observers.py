"""Those who watch while the faults go on: a subscriber of every topic, and a sampler of offsets and terms."""

import hashlib
import threading
import time

import confluent_kafka
import psycopg

# The services that read events in a group, and its name; the others only keep replicas of the directory's states.
READERS = {
    "directory": "ztc.directory",
    "enterprise": "ztc.enterprise",
    "project": "ztc.project",
    "notification": "ztc.notification",
    "assessment": "ztc.assessment",
}


class Seen:
    """One record of a topic, without its bytes."""

    __slots__ = ("cluster", "topic", "partition", "offset", "key", "seq", "id", "type", "digest", "letter")

    def __init__(self, cluster, record):
        headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers() or []}
        self.cluster = cluster
        self.topic = record.topic()
        self.partition = record.partition()
        self.offset = record.offset()
        self.key = (record.key() or b"").decode(errors="replace")
        number = headers.get("ce_aggregateseq", "")
        self.seq = int(number) if number.isdigit() else 0
        self.id = headers.get("ce_id", "")
        self.type = headers.get("ce_type", "")
        self.digest = digest(record.value())
        # Of a dead letter: whose it is and where the message was.
        self.letter = None
        if "ztc_dlq_topic" in headers:
            self.letter = (
                headers["ztc_dlq_group"],
                headers["ztc_dlq_topic"],
                int(headers["ztc_dlq_partition"]),
                int(headers["ztc_dlq_offset"]),
            )

    @property
    def place(self):
        return (self.cluster, self.topic, self.partition, self.offset)


def digest(value):
    """What stands for a payload in comparisons."""
    return hashlib.md5(value or b"", usedforsecurity=False).hexdigest()


def consumer_of(bootstrap, **options):
    return confluent_kafka.Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "faults-recorder",
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "check.crcs": True,
            "fetch.wait.max.ms": 100,
            "reconnect.backoff.max.ms": 500,
            # Lost connections are what the run is about.
            "log_level": 0,
        }
        | options
    )


def read_log(bootstrap, cluster, topics, within=60):
    """Everything that the broker holds now, with the oldest offset of every partition."""
    consumer = consumer_of(bootstrap, **{"enable.partition.eof": True})
    records, lows = [], {}
    try:
        open_ends = set()
        listed = consumer.list_topics(timeout=10).topics
        for topic in topics:
            for number in listed[topic].partitions:
                place = confluent_kafka.TopicPartition(topic, number)
                lows[(topic, number)] = consumer.get_watermark_offsets(place, timeout=10)[0]
                open_ends.add((topic, number))
        consumer.assign([confluent_kafka.TopicPartition(*place, lows[place]) for place in open_ends])
        end = time.monotonic() + within
        while open_ends:
            for record in consumer.consume(1000, 1):
                if record.error() is None:
                    records.append(Seen(cluster, record))
                elif record.error().code() == confluent_kafka.KafkaError._PARTITION_EOF:
                    open_ends.discard((record.topic(), record.partition()))
            assert time.monotonic() < end, f"the ends of {sorted(open_ends)[:3]} were not reached"
    finally:
        consumer.close()
    return records, lows


class Recorder(threading.Thread):
    """An outside subscriber that is always there, without group and without knowledge of ours."""

    def __init__(self, bootstrap, topics):
        super().__init__(name="recorder", daemon=True)
        self.bootstrap = bootstrap
        self.topics = topics
        self.records = []
        self.missed = set()
        # A few whole messages per topic, from which injected ones are made.
        self.samples = {}
        self._consumer = None
        self._cluster = ""
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def begin(self, cluster):
        """Reads a cluster from its beginning."""
        consumer = consumer_of(self.bootstrap)
        consumer.assign(
            [
                confluent_kafka.TopicPartition(topic, number, confluent_kafka.OFFSET_BEGINNING)
                for topic in self.topics
                for number in range(12)
            ]
        )
        with self._lock:
            self._consumer, self._cluster = consumer, cluster

    def leave(self):
        """The cluster is about to vanish."""
        with self._lock:
            if self._consumer:
                self._consumer.close()
            self._consumer = None

    def run(self):
        while not self._stopping.is_set():
            with self._lock:
                found = self._consumer.consume(500, 0.2) if self._consumer else []
                for record in found:
                    if record.error() is None:
                        self._take(record)
                    elif record.error().code() == confluent_kafka.KafkaError._AUTO_OFFSET_RESET:
                        self._resume(record)
            time.sleep(0.02 if found else 0.2)

    def _resume(self, error):
        """The broker has dropped what was not read yet; what it still has is read on."""
        self.missed.add((self._cluster, error.topic(), error.partition()))
        place = confluent_kafka.TopicPartition(error.topic(), error.partition(), confluent_kafka.OFFSET_BEGINNING)
        # The library has stopped reading the partition, and seeks only where it reads.
        self._consumer.incremental_unassign([place])
        self._consumer.incremental_assign([place])

    def _take(self, record):
        seen = Seen(self._cluster, record)
        self.records.append(seen)
        kept = self.samples.setdefault(record.topic(), [])
        kept.append((record.key(), record.value(), record.headers(), seen))
        if len(kept) > 300:
            del kept[:100]

    def whole(self, topic):
        """A copy of the whole messages of a topic that came last."""
        with self._lock:
            return list(self.samples.get(topic, []))

    def stop(self):
        self._stopping.set()
        self.join()
        self.leave()


class Sampler(threading.Thread):
    """Looks every second at what may only grow: consumers' offsets, terms and positions of relays."""

    def __init__(self, connect, services):
        super().__init__(name="sampler", daemon=True)
        self.connect = connect
        self.services = services
        # (time, what, value) whenever a value differs from the look before.
        self.samples = []
        self._last = {}
        self._stopping = threading.Event()

    def run(self):
        connection = None
        while not self._stopping.wait(1):
            try:
                if connection is None or connection.closed:
                    connection = self.connect()
                self.look(connection)
            except psycopg.Error:
                # The database is away, as it is meant to be; the look comes when it is back.
                if connection is not None:
                    connection.close()
                connection = None
        if connection is not None:
            connection.close()

    def look(self, connection):
        now = time.monotonic()
        for service in READERS:
            for *place, value in connection.execute(
                f"SELECT cluster, consumer_group, topic, partition, next FROM {service}.consumer_offset"
            ):
                self._note(now, ("offset", service, *place), value)
        for service in self.services:
            epoch, position = connection.execute(f"SELECT epoch, position FROM {service}.relay_state").fetchone()
            self._note(now, ("epoch", service), epoch)
            self._note(now, ("position", service), position)

    def _note(self, now, what, value):
        if self._last.get(what) != value:
            self._last[what] = value
            self.samples.append((now, what, value))

    def stop(self):
        self._stopping.set()
        self.join()
