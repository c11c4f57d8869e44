"""XCT-3, XCT-5, XCT-6: what stands on the topics, seen by tools that are not ours."""

import collections
import json
import re
import subprocess
import sys
import uuid

import confluent_kafka
import pytest
from google.protobuf.message import DecodeError

from client import headers_of
from installation import ROOT, eventually

REQUIRED = [
    "ce_specversion",
    "ce_id",
    "ce_source",
    "ce_type",
    "ce_subject",
    "ce_time",
    "ce_dataschema",
    "content-type",
    "ce_partitionkey",
    "ce_aggregateseq",
    "ce_recordedtime",
]
# Whom outsiders' records of these tests name as their source.
OUTSIDER = "/endtoend"


def catalogue(installation):
    """Name and partitions of every topic."""
    lines = installation.ztc("topics", "--names").stdout.split()
    return {name: int(partitions) for name, partitions in (line.split(":") for line in lines)}


def kcat(installation, topic):
    done = subprocess.run(
        ["kcat", "-b", installation.bootstrap, "-t", topic, "-C", "-e", "-q", "-o", "beginning", "-f", r"%h\n"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.splitlines()


def envelope(type_, key, sequence=1, **changes):
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid.uuid4()),
        "ce_source": OUTSIDER,
        "ce_type": type_,
        "ce_subject": key,
        "ce_time": "2020-04-20T01:00:00Z",
        "ce_dataschema": f"urn:zhitongche:proto:{type_}",
        "content-type": "application/protobuf",
        "ce_partitionkey": key,
        "ce_aggregateseq": f"{sequence:020}",
        "ce_recordedtime": "2020-04-20T01:00:00Z",
    } | changes
    return [(name, value.encode()) for name, value in headers.items()]


def dead_letters(client, topic, key):
    """The dead letters of a key on a topic."""
    return [record for record in client.read_topics([topic])[topic] if record.key() == key.encode()]


# What a consumer cannot use, by topic and group: bytes that are no message, and messages that do not belong on the topic.
# On the topics that outside readers follow only the latter, which those can decode.
POISON = [
    ("ztc.enterprise.claim.events.v1", "ztc.directory", "zhitongche.enterprise.v1.ClaimVerified", b"\x0a\xff\xff"),
    ("ztc.enterprise.enterprise.state.v1", "ztc.notification", "zhitongche.enterprise.v1.EnterpriseState", b"\xff\xff"),
    ("ztc.policy.point.events.v1", "ztc.enterprise", "zhitongche.policy.v1.DocumentEntered", b""),
    ("ztc.enterprise.audience.events.v1", "ztc.notification", "zhitongche.policy.v1.PointExpired", b""),
]


@pytest.mark.parametrize("topic, group, type_, value", POISON)
def test_a_message_that_cannot_be_handled_becomes_a_dead_letter(client, installation, topic, group, type_, value):
    """XCT-6: original bytes, coordinates and reason; what follows is handled."""
    key = str(uuid.uuid4())
    partition, offset = client.produce(topic, key, value, envelope(type_, key))
    letters = eventually(lambda: dead_letters(client, f"{topic}.{group}.dlq", key))
    assert len(letters) == 1
    assert (letters[0].value() or b"") == value
    headers = headers_of(letters[0])
    assert headers["ztc_dlq_topic"] == topic and headers["ztc_dlq_group"] == group
    assert (headers["ztc_dlq_partition"], headers["ztc_dlq_offset"]) == (str(partition), str(offset))
    assert headers["original_ce_type"] == type_
    assert headers["ztc_dlq_class"] in ("undecodable", "unknown_type") and headers["ztc_dlq_reason"]
    installation.wait_until_quiet()


def test_every_message_of_every_topic_carries_the_envelope(client, installation):
    """XCT-3: kcat sees the headers of CloudEvents in binary mode."""
    client.publish_point(f"信封 {uuid.uuid4()}")
    installation.wait_until_quiet()
    topics = catalogue(installation)
    silent = []
    for topic in topics:
        lines = kcat(installation, topic)
        if not lines:
            silent.append(topic)
        for line in lines:
            names = re.findall(r"(?:^|,)([a-z_-]+)=", line)
            missing = [name for name in REQUIRED if name not in names]
            assert not missing, f"{topic}: {missing} are not in {line}"
            assert "ce_specversion=1.0" in line and "content-type=application/protobuf" in line
    # Nothing is silent for good: these begin to speak with people who read, claim, or send nonsense, and the digests
    # with the first day that is over.
    print(f"topics without messages: {', '.join(silent) or 'none'}")
    # Nobody works with appeals, projects and assessments before the story is told.
    unused = ("ztc.appeal.", "ztc.project.", "ztc.assessment.")
    silent = [name for name in silent if not name.startswith(unused)]
    assert set(silent) <= {"ztc.enterprise.claim.events.v1", "ztc.notification.notice.events.v1"} | {
        name for name in topics if name.endswith((".dlq", ".digest.events.v1"))
    }


def test_the_broker_has_the_topics_of_the_catalogue(client, installation):
    """XCT-3: every topic with its partitions."""
    installation.ztc("topics")
    consumer = confluent_kafka.Consumer({"bootstrap.servers": installation.bootstrap, "group.id": "endtoend"})
    listed = consumer.list_topics(timeout=10).topics
    consumer.close()
    for name, partitions in catalogue(installation).items():
        assert len(listed[name].partitions) == partitions, name


def test_every_event_is_decoded_from_the_contracts_and_in_order(client, installation):
    """XCT-3, XCT-5: per aggregate no gap and no inversion, apart from repetitions, over all topics."""
    assert_order(client, installation)


def assert_order(client, installation):
    topics = [name for name in catalogue(installation) if not name.endswith(".dlq")]
    for topic, records in client.read_topics(topics).items():
        seen = collections.defaultdict(list)
        for record in records:
            headers = headers_of(record)
            if headers["ce_source"] == OUTSIDER:
                continue
            key = record.key().decode()
            assert headers["ce_partitionkey"] == headers["ce_subject"] == key
            message = client.contracts.message(headers["ce_type"])()
            try:
                message.ParseFromString(record.value() or b"")
            except DecodeError as error:
                raise AssertionError(f"{topic}: {headers['ce_type']} of {key}") from error
            if headers["ce_id"] not in (id_ for id_, _ in seen[key]):
                seen[key].append((headers["ce_id"], int(headers["ce_aggregateseq"])))
        for key, events in seen.items():
            numbers = [number for _, number in events]
            # A state that was seeded again comes with an identifier of its own and the number that it had.
            expected = sorted(numbers) if ".state." in topic else sorted(set(numbers))
            assert numbers == expected, f"{topic} {key}: {numbers}"
            if ".events." in topic:
                assert numbers == list(range(1, len(numbers) + 1)), f"{topic} {key}: {numbers}"


def test_an_outside_subscriber_decodes_point_and_audience(client, installation):
    """XCT-4, ENT-8: the Python subscriber follows one point from publication to its closed audience."""
    point = client.publish_point(f"订阅 {uuid.uuid4()}")
    eventually(lambda: client.has_audience(point))
    installation.wait_until_quiet()
    types = {}
    for topic in ["ztc.policy.point.events.v1", "ztc.enterprise.audience.events.v1"]:
        count = sum(record.key() == point.point_id.encode() for record in client.read_topics([topic])[topic])
        done = subprocess.run(
            [sys.executable, ROOT / "Tests/interop/subscriber.py", "--bootstrap", installation.bootstrap]
            + ["--proto", ROOT / "proto", "--topic", topic, "--key", point.point_id, "--count", str(count)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        for line in done.stdout.splitlines():
            event = json.loads(line)
            types.setdefault(event["headers"]["ce_type"].rpartition(".")[2], []).append(event["message"])
    assert set(types) == {"PointPublished", "AudienceChunk", "AudienceClosed"}
    assert types["PointPublished"][0]["content"]["title"] == point.content.title
    closed = types["AudienceClosed"][0]
    assert closed["chunks"] == len(types["AudienceChunk"])
    assert int(closed["members"]) == sum(len(chunk["ordinal_deltas"]) for chunk in types["AudienceChunk"])
