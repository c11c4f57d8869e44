"""XCT-7: a subscriber computes the daily digest from proto/ and the documented rule alone."""

import subprocess
import sys

import pytest

import digest
from test_interop import HERE, PROTO, contracts, envelope, programs, publish  # noqa: F401

TOPIC, DIGESTS = "ztc.policy.point.events.v1", "ztc.policy.digest.events.v1"
DAY = "2026-11-21"


@pytest.fixture
def broker(programs):  # noqa: F811
    with subprocess.Popen(
        [programs / "broker", TOPIC, DIGESTS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process.stdout.readline().strip()
        process.stdin.close()


def events(count):
    """Events of several keys, all recorded on the day."""
    found = []
    for number in range(1, count + 1):
        key = f"key-{number % 7}"
        headers = [
            *envelope("zhitongche.policy.v1.PointExpired", key, number),
            ("ce_recordedtime", f"{DAY}T10:00:00.000001Z".encode()),
        ]
        found.append((TOPIC, key, headers, f"payload {number}".encode()))
    return found


def close(contracts, bootstrap, mistake=False):  # noqa: F811
    """Publishes the digest of what the topic holds, as its publisher would."""
    message = contracts.message("zhitongche.common.v1.DigestClosed")()
    message.digest.topic, message.digest.day, message.digest.partition_count = TOPIC, DAY, 12
    for partition, own in sorted(digest.held(bootstrap, TOPIC, DAY).items()):
        message.digest.partitions.add(partition=partition, events=own.events, sum=own.bytes)
    if mistake:
        part = message.digest.partitions[-1]
        part.sum = ((int.from_bytes(part.sum, "big") + 1) % digest.MODULUS).to_bytes(32, "big")
    headers = [
        *envelope("zhitongche.common.v1.DigestClosed", TOPIC, 1),
        ("ce_recordedtime", b"2026-11-22T00:10:00.000001Z"),
    ]
    publish(bootstrap, [(DIGESTS, TOPIC, headers, message.SerializeToString())])


def compare(bootstrap, day=DAY):
    return subprocess.run(
        [sys.executable, HERE / "digest.py", "--bootstrap", bootstrap, "--proto", PROTO]
        + ["--topic", TOPIC, "--day", day],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_documented_bytes_give_the_documented_sum():
    """The example of docs/topics.md, which the service's own test computes as well."""
    own = digest.Digest()
    own.add(b"/zhitongche/policy", b"01a1fd63-5003-76ff-98fd-8b2ae40cb36c", b"\x0a\x03abc")
    own.add(b"/zhitongche/policy", b"01a1fd63-5003-76ff-98fd-8b2ae40cb36d", b"")
    assert own.events == 2
    assert own.bytes.hex() == "4648888989bc3561ea8d24572c7fc9488de3ec10c8462cde1c188aa58702ba29"


def test_equal_days_agree_repetitions_and_other_days_aside(contracts, broker):  # noqa: F811
    sent = events(20)
    other = [(topic, key, [*headers[:-1], ("ce_recordedtime", b"2026-11-20T23:59:59.999999Z")], value)
             for topic, key, headers, value in events(21)[20:]]
    publish(broker, sent + other)
    close(contracts, broker)
    publish(broker, sent[:5])
    done = compare(broker)
    assert done.returncode == 0, done.stderr
    assert "20 events agree" in done.stdout


def test_a_lost_event_and_another_one_are_named_by_their_partition(contracts, broker):  # noqa: F811
    publish(broker, events(20))
    close(contracts, broker)
    publish(broker, events(21)[20:])
    done = compare(broker)
    assert done.returncode == 1
    assert "differs in partition" in done.stderr and "the topic holds" in done.stderr


def test_the_same_number_of_other_events_differs(contracts, broker):  # noqa: F811
    publish(broker, events(20))
    close(contracts, broker, mistake=True)
    done = compare(broker)
    assert done.returncode == 1
    assert "but not the same ones" in done.stderr


def test_a_day_without_a_digest_is_told(broker):
    done = compare(broker, day="2026-11-19")
    assert done.returncode == 2
    assert "no digest" in done.stderr
