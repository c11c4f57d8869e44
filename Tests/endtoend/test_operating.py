"""XCT-6, RELIABILITY 10 and 11: the recipes of docs/operating.md, with the commands that stand there."""

import os
import signal
import uuid

import pytest

from installation import eventually
from test_events import OUTSIDER, envelope

TOPIC = "ztc.policy.point.events.v1"
READER = ("--service", "enterprise")
PLACE = (*READER, "--topic", TOPIC)


def rows(installation, *arguments):
    """The words of every line of a table that a command prints."""
    return [line.split() for line in installation.ztc(*arguments).stdout.splitlines()[2:]]


def open_letters(installation):
    return {int(words[0]): words for words in rows(installation, "deadletters", "list", *READER)}


def waiting(installation, key):
    """Cause and number of the messages that wait of a key."""
    return [(words[2], int(words[-1])) for words in rows(installation, "parked", "list", *READER) if words[1] == key]


def withdraw(client, installation, point):
    client.call(
        "zhitongche.policy.v1.PolicyService/WithdrawPoint",
        client.request(
            "policy.v1.WithdrawPointRequest",
            request_id=str(uuid.uuid4()),
            point_id=point.point_id,
            version=point.version,
            reason="演练",
        ),
        installation.token(login="zhihuibu.fabu"),
    )


@pytest.fixture
def new_letters(installation):
    """The open letters that were not there before."""
    before = set(open_letters(installation))
    return lambda: {number: words for number, words in open_letters(installation).items() if number not in before}


def test_letters_of_a_faulty_reader_are_replayed(client, installation, new_letters):
    """A dead letter: the cause is mended, the letter replayed, and what waited behind it follows."""
    installation.query("REVOKE INSERT ON enterprise.point_replica FROM ztc_enterprise_app")
    try:
        point = client.publish_point(f"演练 {uuid.uuid4()}")
        number = eventually(lambda: list(new_letters()))[0]
        withdraw(client, installation, point)
        eventually(lambda: waiting(installation, point.point_id) == [("dead_letter", 1)])
        again = installation.ztc("deadletters", "replay", *READER, str(number), check=False)
        assert again.returncode == 1 and "failed again (failed)" in again.stdout, again.stdout + again.stderr
    finally:
        installation.query("GRANT INSERT ON enterprise.point_replica TO ztc_enterprise_app")
    told = installation.ztc("deadletters", "replay", *READER, str(number)).stdout
    assert "applied; 1 parked messages followed" in told
    assert waiting(installation, point.point_id) == [] and number not in open_letters(installation)
    told = installation.ztc("deadletters", "replay", *READER, str(number)).stdout
    assert "no effect, it had been replayed before" in told


def test_a_wrong_message_is_dismissed_and_its_key_skipped(client, installation, new_letters):
    """A dead letter, A parked key: nothing of the wrong message takes effect, and its key goes on."""
    key = str(uuid.uuid4())
    expired = client.request("policy.v1.PointExpired", point_id=key).SerializeToString()
    client.produce(TOPIC, key, b"\x0a\xff\xff", envelope("zhitongche.policy.v1.PointPublished", key))
    client.produce(TOPIC, key, expired, envelope("zhitongche.policy.v1.PointExpired", key, 2))
    number = eventually(lambda: list(new_letters()))[0]
    eventually(lambda: waiting(installation, key) == [("dead_letter", 1)])
    told = installation.ztc("deadletters", "show", *READER, str(number)).stdout
    assert "payload (3 bytes): 0affff" in told and OUTSIDER in told
    told = installation.ztc("deadletters", "dismiss", *READER, str(number), "--reason", "published by mistake").stdout
    assert "dismissed" in told and "its key still waits: ztc parked skip" in told
    again = installation.ztc("deadletters", "replay", *READER, str(number), check=False)
    assert again.returncode == 1 and "refused" in again.stdout
    told = installation.ztc("parked", "skip", *PLACE, "--key", key, "--reason", "published by mistake").stdout
    assert "1 parked messages followed; the key is free" in told
    assert waiting(installation, key) == []


def test_a_gap_of_the_broker_is_repaired(client, installation, new_letters):
    """The broker has a gap: nothing is skipped, and in the end everything has taken effect and both sides agree."""
    reader = installation.processes["enterprise"]
    os.kill(reader.number, signal.SIGTERM)
    eventually(lambda: not reader.lives())
    try:
        point = client.publish_point(f"缺口 {uuid.uuid4()}")

        def held():
            return [record for record in client.read_topics([TOPIC])[TOPIC] if record.key() == point.point_id.encode()]

        partition = str(eventually(held)[0].partition())
        # More than the development broker keeps of a partition; one message and its repetitions, for the reader.
        filling = str(uuid.uuid4())
        headers = envelope("zhitongche.policy.v1.PointOfNoKind", filling)
        for _ in range(110):
            client.produce(TOPIC, filling, os.urandom(65_000), headers, int(partition))
        assert held() == []
        withdraw(client, installation, point)
    finally:
        reader.start()

    def standing():
        return {words[1]: " ".join(words[6:]) for words in rows(installation, "offsets", *READER, "--gaps")}

    eventually(lambda: standing() == {partition: "GAP"})
    status = installation.ztc("status", "--wait", "--timeout", "3", check=False)
    assert status.returncode == 1, status.stdout
    assert "no partition is under repair" in installation.ztc("offsets", "finish", *PLACE).stdout
    assert f"{TOPIC}[{partition}]: read on at" in installation.ztc("offsets", "resume", *PLACE).stdout
    assert standing() == {partition: "under repair"}
    installation.wait_until_quiet()
    assert waiting(installation, point.point_id) == [("gap", 1)]
    refused = installation.ztc("offsets", "finish", *PLACE, check=False)
    assert refused.returncode == 1 and "1 keys of the partition still wait" in refused.stderr
    differing = installation.ztc("digest", "--service", "policy", check=False)
    assert differing.returncode == 1 and f"partition {partition} differs" in differing.stderr

    assert "events are published again" in installation.ztc(
        "republish", "--service", "policy", "--topic", TOPIC
    ).stdout
    installation.wait_until_quiet()
    assert waiting(installation, point.point_id) == []
    assert f"{TOPIC}[{partition}]: repaired" in installation.ztc("offsets", "finish", *PLACE).stdout
    assert standing() == {}
    told = installation.ztc("digest", "--service", "policy").stdout
    assert told.count("agree") == 3, told
    for number in new_letters():
        installation.ztc("deadletters", "dismiss", *READER, str(number), "--reason", "the filling of this test")
    state = f"SELECT state FROM enterprise.point_replica WHERE point_id = '{point.point_id}'"
    assert installation.query(state).stdout.strip() == "withdrawn"


def test_a_lost_replica_is_rebuilt(installation):
    """A reader's tables are lost: under repair everything is read once more, and the same rows are there again."""
    replica = """
        SELECT md5(string_agg(line, ',' ORDER BY line)) FROM (
            SELECT enterprise::text AS line FROM notification.enterprise
            UNION ALL SELECT account::text FROM notification.account
            UNION ALL SELECT audience::text FROM notification.audience
            UNION ALL SELECT audience_chunk::text FROM notification.audience_chunk
        ) AS replica
        """
    installation.wait_until_quiet()
    before = installation.query(replica).stdout
    reader = installation.processes["notification"]
    os.kill(reader.number, signal.SIGTERM)
    eventually(lambda: not reader.lives())
    notices = installation.query("SELECT count(*) FROM notification.notice").stdout
    installation.query(
        """
        SET session_replication_role = replica;
        DELETE FROM notification.enterprise; DELETE FROM notification.account; DELETE FROM notification.audience;
        DELETE FROM notification.audience_chunk; DELETE FROM notification.audience_override;
        DELETE FROM notification.inbox; DELETE FROM notification.aggregate_seq;
        """
    )
    reader.start()
    eventually(lambda: rows(installation, "offsets", "--service", "notification"))
    audience = ("--topic", "ztc.enterprise.audience.events.v1")
    told = installation.ztc("offsets", "resume", "--service", "notification", *audience, "--rebuild").stdout
    assert told.count("read on at") == 12
    installation.ztc("republish", "--service", "enterprise", *audience)
    for owner, topic in [
        ("enterprise", "ztc.enterprise.enterprise.state.v1"),
        ("directory", "ztc.directory.account.state.v1"),
    ]:
        assert "states are published again" in installation.ztc("reseed", "--service", owner, "--topic", topic).stdout
    installation.wait_until_quiet()
    told = installation.ztc("offsets", "finish", "--service", "notification", *audience).stdout
    assert told.count("repaired") == 12
    # What past generations of an audience left is cleared away by and by.
    eventually(lambda: installation.query(replica).stdout == before)
    assert int(installation.query("SELECT count(*) FROM notification.notice").stdout) >= int(notices)
