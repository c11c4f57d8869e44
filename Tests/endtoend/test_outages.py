"""XCT-8, RELIABILITY 10 and 11: parts go away and come back; nobody who needs them not is affected."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
import uuid

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from installation import ROOT, SERVICES, Forwarder, eventually, free_port
from test_events import assert_order, catalogue

LIST_POINTS = "zhitongche.policy.v1.PolicyService/ListPoints"


def health(port):
    """SERVING, NOT_SERVING or the code of the failure."""
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=3)
        except grpc.RpcError as error:
            return error.code().name
    return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)


def page(port, name):
    """Code and text of a page of a service's HTTP port."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{name}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def state_of(client, installation):
    """The newest sequence number per key of every state topic."""
    newest = {}
    for topic, records in client.read_topics([name for name in catalogue(installation) if ".state." in name]).items():
        for record in records:
            headers = dict(record.headers())
            if headers["ce_source"] == b"/endtoend":
                continue
            place = (topic, record.key())
            newest[place] = max(newest.get(place, 0), int(headers["ce_aggregateseq"]))
    return newest


@pytest.mark.parametrize("victim", ["directory", "policy", "enterprise", "notification", "appeal"])
def test_a_killed_service_stops_nobody_else_and_comes_back(client, installation, victim):
    """XCT-8, XCT-14: kill -9 while commands go on; what was under way arrives once it is back."""
    tokens = [installation.token(login=login) for login in ("zhihuibu.jingban", "zhihuibu.fabu")]
    assert all(tokens)
    process = installation.processes[victim]
    process.kill()
    try:
        assert installation.status()[victim]["health"] == "UNREACHABLE"
        others = {name: entry["health"] for name, entry in installation.status().items() if name != victim}
        assert set(others.values()) == {"SERVING"}, others
        point = None
        if victim != "policy":
            point = client.publish_point(f"{victim} is away {uuid.uuid4()}")
        if victim not in ("policy", "enterprise"):
            eventually(lambda: client.has_audience(point))
    finally:
        process.start()
    eventually(lambda: installation.status()[victim]["health"] == "SERVING")
    point = point or client.publish_point(f"{victim} is back {uuid.uuid4()}")
    eventually(lambda: client.has_audience(point))
    installation.wait_until_quiet()


def test_all_services_start_again_in_the_reverse_order(client, installation):
    """XCT-14: no service needs another to start."""
    for name in SERVICES:
        installation.processes[name].kill()
    for name in reversed(SERVICES):
        installation.processes[name].start()
    installation.wait_until_quiet()
    point = client.publish_point(f"reverse order {uuid.uuid4()}")
    eventually(lambda: client.has_audience(point))


def test_a_service_that_starts_alone_waits_for_database_and_broker(client, installation):
    """XCT-8, XCT-14: NOT_SERVING without database, not ready without the keys of the directory; it comes by itself."""
    process = installation.processes["policy"]
    database, broker = process.environment["ZTC_POLICY_DATABASE_URL"], installation.bootstrap
    doors = [Forwarder(int(port)) for port in (database.rpartition(":")[2].partition("/")[0], broker.rpartition(":")[2])]

    def through(address, door):
        before, _, after = address.rpartition("@")
        return f"{before}@127.0.0.1:{door.port}/{after.partition('/')[2]}"

    port, pages = free_port(), free_port()
    log = installation.run / "log" / "policy.alone.log"
    with open(log, "wb") as output:
        alone = subprocess.Popen(
            process.arguments,
            cwd=ROOT,
            env=process.environment
            | {
                "ZTC_POLICY_GRPC_PORT": str(port),
                "ZTC_POLICY_HTTP_PORT": str(pages),
                "ZTC_POLICY_DATABASE_URL": through(database, doors[0]),
                "ZTC_POLICY_MIGRATOR_URL": through(process.environment["ZTC_POLICY_MIGRATOR_URL"], doors[0]),
                "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{doors[1].port}",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=output,
        )
        try:
            eventually(lambda: health(port) == "NOT_SERVING")
            code, missing = page(pages, "readyz")
            assert code == 503 and "schema migrated: no" in missing and "trust loaded: no" in missing
            assert page(pages, "livez")[0] == 200
            doors[0].open()
            eventually(lambda: health(port) == "SERVING")
            assert page(pages, "readyz") == (503, "not ready: trust loaded: no\n")
            doors[1].open()
            eventually(lambda: page(pages, "readyz")[0] == 200)
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                token = installation.token(login="zhihuibu.jingban")
                assert client.call(LIST_POINTS, token=token, channel=channel).points
            assert alone.poll() is None
            alone.send_signal(signal.SIGTERM)
            assert alone.wait(60) == 0
        finally:
            if alone.poll() is None:
                alone.kill()
                alone.wait()
            for door in doors:
                door.close()


def test_without_the_database_calls_fail_fast_and_come_back_by_themselves(client, installation):
    """XCT-8: UNAVAILABLE within the deadline, and no restart is needed afterwards."""
    token = installation.token(login="zhihuibu.jingban")
    numbers = {name: process.number for name, process in installation.processes.items()}
    installation.postgres("stop")
    try:
        began = time.monotonic()
        refusal = client.refusal(LIST_POINTS, token=token, timeout=60)
        assert refusal.code == grpc.StatusCode.UNAVAILABLE, refusal
        # Long before the deadline, also on a machine that does much else.
        assert time.monotonic() - began < 20
        port = int(installation.address("policy").rpartition(":")[2])
        eventually(lambda: health(port) == "NOT_SERVING")
    finally:
        installation.postgres("start")
    installation.wait_until_quiet()
    assert client.call(LIST_POINTS, token=token).points
    point = client.publish_point(f"数据库 {uuid.uuid4()}")
    eventually(lambda: client.has_audience(point))
    assert {name: os.path.exists(f"/proc/{number}") for name, number in numbers.items()} == dict.fromkeys(numbers, True)


def test_a_broker_that_starts_over_empty_is_refilled(client, installation):
    """XCT-7, XCT-8, RELIABILITY 11: commands go on without it; state and events come back from the journals."""
    installation.wait_until_quiet()
    before = state_of(client, installation)
    assert len(before) > 1500
    broker = installation.processes["broker"]
    broker.kill()
    try:
        point = client.publish_point(f"无消息代理 {uuid.uuid4()}")
    finally:
        broker.start()
    # The token of before stays good: keys are known to the services, and the topic of keys is filled again.
    token = installation.token(login="zhihuibu.jingban")
    assert client.call(LIST_POINTS, token=token).points
    eventually(lambda: client.has_audience(point))
    installation.wait_until_quiet()
    installation.ztc("topics")

    def missing():
        after = state_of(client, installation)
        return {place: (number, after.get(place)) for place, number in before.items() if after.get(place, 0) < number}

    eventually(lambda: not missing(), within=60, every=1)
    assert missing() == {}
    assert_order(client, installation)
    installation.scenario()
