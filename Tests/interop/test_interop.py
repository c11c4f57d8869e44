"""XCT-4: a bureau with Python or C, proto/ and its own protobuf tools understands every event and can call.

The events are filled from the contracts themselves, so that a new field is covered without a change here.
"""

import concurrent.futures
import json
import pathlib
import random
import subprocess
import sys

import confluent_kafka
import grpc
import pytest
from google.protobuf import json_format

from contracts import Contracts

HERE = pathlib.Path(__file__).resolve().parent
PROTO = HERE.parents[1] / "proto"
TOPICS = {
    "ztc.policy.document.events.v1": ["DocumentEntered"],
    "ztc.policy.point.events.v1": ["PointPublished", "PointWithdrawn", "PointExpired"],
    "ztc.policy.point.state.v1": ["PointInForce"],
}
EVENTS_PER_TYPE = 20


@pytest.fixture(scope="session")
def contracts():
    return Contracts(PROTO)


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("c")
    subprocess.run(["make", "-s", "-C", HERE / "c", f"BUILD={folder}", f"PROTO={PROTO}"], check=True)
    return folder


@pytest.fixture
def broker(programs):
    """The address of a broker that lives as long as the test."""
    with subprocess.Popen(
        [programs / "broker", *TOPICS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process.stdout.readline().strip()
        process.stdin.close()


def fill(message, source, depth=0):
    """Gives every field a value other than zero, one member of every oneof; trees end after a few levels."""
    descriptor = message.DESCRIPTOR
    if descriptor.full_name == "google.protobuf.Timestamp":
        message.seconds, message.nanos = source.randrange(1_500_000_000, 2_000_000_000), source.randrange(10**6) * 1000
        return
    chosen = {oneof.name: source.choice(oneof.fields).name for oneof in descriptor.oneofs}
    for field in descriptor.fields:
        if field.containing_oneof is not None and chosen[field.containing_oneof.name] != field.name:
            continue
        if field.type == field.TYPE_MESSAGE:
            if depth >= 5:
                continue
            if field.is_repeated:
                for _ in range(source.randrange(1, 3)):
                    fill(getattr(message, field.name).add(), source, depth + 1)
            else:
                part = getattr(message, field.name)
                part.SetInParent()
                fill(part, source, depth + 1)
        elif field.is_repeated:
            getattr(message, field.name).extend(scalar(field, source) for _ in range(source.randrange(1, 4)))
        else:
            setattr(message, field.name, scalar(field, source))


def scalar(field, source):
    if field.type == field.TYPE_ENUM:
        return source.choice([value.number for value in field.enum_type.values if value.number != 0])
    if field.type == field.TYPE_BOOL:
        return True
    if field.type == field.TYPE_STRING:
        return source.choice(["苏州工业园区", 'quote " and \\ and \n', "plain"]) + str(source.randrange(1000))
    if field.type == field.TYPE_BYTES:
        return source.randbytes(source.randrange(1, 8))
    bits = 63 if field.type in (field.TYPE_INT64, field.TYPE_SINT64, field.TYPE_UINT64) else 31
    signed = field.type in (field.TYPE_INT32, field.TYPE_INT64, field.TYPE_SINT32, field.TYPE_SINT64)
    return source.randrange(1, 2**bits) * (source.choice([-1, 1]) if signed else 1)


def publish(bootstrap, events):
    """Publishes (topic, key, headers, value) in order and waits until all are acknowledged."""
    failures = []
    producer = confluent_kafka.Producer(
        {"bootstrap.servers": bootstrap, "enable.idempotence": True, "partitioner": "murmur2_random"}
    )
    for topic, key, headers, value in events:
        producer.produce(
            topic, value, key, headers=headers, on_delivery=lambda error, _: failures.append(error) if error else None
        )
    assert producer.flush(20) == 0
    assert failures == []


def envelope(type_, key, sequence):
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", f"0190{sequence:08x}".encode()),
        ("ce_source", b"/zhitongche/policy"),
        ("ce_type", type_.encode()),
        ("ce_subject", key.encode()),
        ("ce_time", b"2020-04-20T01:02:03.000004Z"),
        ("ce_partitionkey", key.encode()),
        ("ce_aggregateseq", f"{sequence:020d}".encode()),
        ("content-type", b"application/protobuf"),
        ("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ]


def subscribe(command, bootstrap, count, timeout=30):
    topics = [word for topic in TOPICS for word in ("--topic", topic)]
    return subprocess.run(
        [*command, "--bootstrap", bootstrap, *topics, "--count", str(count), "--timeout", str(timeout)],
        capture_output=True,
        text=True,
        timeout=timeout + 30,
        check=False,
    )


@pytest.fixture(params=["python", "c"])
def subscriber(request, programs):
    if request.param == "c":
        return [programs / "subscriber"]
    return [sys.executable, HERE / "subscriber.py", "--proto", PROTO]


def test_every_event_arrives_whole_with_its_envelope(contracts, broker, subscriber):
    """XCT-3, XCT-4."""
    source = random.Random(20200420)
    sent, messages = [], []
    for topic, names in TOPICS.items():
        for name in names * EVENTS_PER_TYPE:
            type_ = f"zhitongche.policy.v1.{name}"
            message = contracts.message(type_)()
            fill(message, source)
            key = f"key-{len(sent) % 5}"
            sent.append((topic, key, envelope(type_, key, len(sent) + 1), message.SerializeToString()))
            messages.append(message)
    publish(broker, sent)

    done = subscribe(subscriber, broker, len(sent))
    assert done.returncode == 0, done.stderr
    received = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(received) == len(sent)
    by_id = {event["headers"]["ce_id"]: event for event in received}
    for (topic, key, headers, _), message in zip(sent, messages, strict=True):
        wanted = {name: value.decode() for name, value in headers}
        event = by_id[wanted["ce_id"]]
        assert (event["topic"], event["key"], event["headers"]) == (topic, key, wanted)
        assert json_format.ParseDict(event["message"], type(message)()) == message
    for topic in TOPICS:
        for key in {event["key"] for event in received}:
            order = [
                event["headers"]["ce_aggregateseq"]
                for event in received
                if (event["topic"], event["key"]) == (topic, key)
            ]
            assert order == sorted(order), f"{topic} {key} is out of order"


def test_a_tombstone_has_no_message(broker, subscriber):
    type_ = "zhitongche.policy.v1.PointInForce"
    publish(broker, [("ztc.policy.point.state.v1", "gone", envelope(type_, "gone", 1), None)])
    done = subscribe(subscriber, broker, 1)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["message"] is None


@pytest.mark.parametrize(
    "type_, value, words",
    [
        ("zhitongche.policy.v1.Nothing", b"", "the contracts do not know zhitongche.policy.v1.Nothing"),
        ("zhitongche.policy.v1.PointExpired", b"\x0a\xff\xff", "PointExpired cannot be decoded"),
    ],
)
def test_an_event_outside_the_contracts_is_named(broker, subscriber, type_, value, words):
    publish(broker, [("ztc.policy.point.events.v1", "odd", envelope(type_, "odd", 1), value)])
    done = subscribe(subscriber, broker, 1)
    assert done.returncode == 3
    assert words in done.stderr


def test_too_few_events_end_with_a_count(broker, subscriber):
    done = subscribe(subscriber, broker, 1, timeout=2)
    assert done.returncode == 1
    assert "0 of 1 events" in done.stderr


class Handler(grpc.GenericRpcHandler):
    """Answers two calls of the policy service from the contracts alone, as a stand-in for the other side."""

    def __init__(self, contracts):
        self.contracts = contracts

    def service(self, details):
        method, request, response = self.contracts.call(details.method[1:])

        def answer(message, context):
            if ("authorization", "Bearer secret") not in context.invocation_metadata():
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "no valid token")
            if method.name == "GetPoint":
                context.abort(grpc.StatusCode.NOT_FOUND, f"no point {message.point_id}")
            return response(next_page_token=f"after-{message.page_size}")

        return grpc.unary_unary_rpc_method_handler(answer, request.FromString, response.SerializeToString)


@pytest.fixture
def target(contracts):
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(2), handlers=[Handler(contracts)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(0).wait()


def call(target, name, request, token):
    return subprocess.run(
        [sys.executable, HERE / "caller.py", "--target", target, "--proto", PROTO, "--token", token]
        + ["--call", f"zhitongche.policy.v1.PolicyService/{name}", "--request", json.dumps(request)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_python_client_calls_with_the_contracts_alone(target):
    done = call(target, "ListPoints", {"page_size": 7}, "secret")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"next_page_token": "after-7"}


def test_a_python_client_sees_status_and_text_of_a_refusal(target):
    done = call(target, "GetPoint", {"point_id": "p1"}, "secret")
    assert (done.returncode, done.stderr.strip()) == (1, "caller: NOT_FOUND: no point p1")
    done = call(target, "GetPoint", {"point_id": "p1"}, "wrong")
    assert (done.returncode, done.stderr.strip()) == (1, "caller: UNAUTHENTICATED: no valid token")


def test_every_call_of_the_contracts_can_be_built(contracts):
    """The whole public face compiles with the client's own compiler, health and reflection included."""
    for path in PROTO.rglob("*_service.proto"):
        service = path.stem.removesuffix("_service")
        full = f"zhitongche.{service}.v1.{service.capitalize()}Service"
        for method in contracts.pool.FindServiceByName(full).methods:
            _, request, response = contracts.call(f"{full}/{method.name}")
            assert request.DESCRIPTOR.name == method.input_type.name
            assert response.DESCRIPTOR.name == method.output_type.name
    assert contracts.call("grpc.health.v1.Health/Check")
    assert contracts.call("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
