"""Compares what a topic holds of one UTC day with the digest that its publisher tells (XCT-7).

    deploy/python Tests/interop/digest.py --bootstrap localhost:9092 --proto proto \\
        --topic ztc.policy.point.events.v1 --day 2026-11-21 [--target localhost:7402 --token …]

The publisher's digest comes from GetDigest with --target, else from ztc.<service>.digest.events.v1. Ends with 0 when
all partitions agree, with 1 naming the first that differs, with 2 when the publisher told no digest of the day.
Written from proto/ and docs/topics.md alone.
"""

import argparse
import hashlib
import sys
import time

import confluent_kafka
import grpc

from contracts import Contracts
from subscriber import assign_from_beginning

MODULUS = 2**256


def event_hash(source, identifier, payload):
    """The SHA-256 that stands for an event, as a number."""
    hashed = hashlib.sha256()
    for text in (source, identifier):
        hashed.update(len(text).to_bytes(4, "big") + text)
    hashed.update(payload or b"")
    return int.from_bytes(hashed.digest(), "big")


class Digest:
    """Number and sum of the distinct events of one partition."""

    def __init__(self):
        self.events = 0
        self.sum = 0

    def add(self, source, identifier, payload):
        self.events += 1
        self.sum = (self.sum + event_hash(source, identifier, payload)) % MODULUS

    @property
    def bytes(self):
        return self.sum.to_bytes(32, "big")


def records(bootstrap, topic, timeout=30):
    """Every record that a topic holds now."""
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "ztc.interop.digest",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "fetch.wait.max.ms": 10,
        }
    )
    deadline = time.monotonic() + timeout
    try:
        if not assign_from_beginning(consumer, [topic], deadline):
            raise SystemExit(f"digest: the broker does not list {topic}")
        left = len(consumer.assignment())
        while left:
            if time.monotonic() > deadline:
                raise SystemExit(f"digest: {topic} was not read to its end in {timeout} s")
            record = consumer.poll(1.0)
            if record is None:
                continue
            if record.error():
                if record.error().code() == confluent_kafka.KafkaError._PARTITION_EOF:
                    left -= 1
                    continue
                raise confluent_kafka.KafkaException(record.error())
            yield record
    finally:
        consumer.close()


def held(bootstrap, topic, day):
    """The digests of a day by partition, computed from the topic."""
    digests, seen = {}, set()
    for record in records(bootstrap, topic):
        headers = dict(record.headers() or [])
        name = (headers["ce_source"], headers["ce_id"])
        if not headers["ce_recordedtime"].startswith(day.encode()) or name in seen:
            continue
        seen.add(name)
        digests.setdefault(record.partition(), Digest()).add(*name, record.value())
    return digests


def told_by_call(target, token, contracts, topic, day):
    method, request, response = contracts.call("zhitongche.common.v1.EventLogService/GetDigest")
    with grpc.insecure_channel(target) as channel:
        call = channel.unary_unary(
            f"/{method.containing_service.full_name}/{method.name}",
            request_serializer=request.SerializeToString,
            response_deserializer=response.FromString,
        )
        return call(
            request(topic=topic, day=day), timeout=30, metadata=[("authorization", f"Bearer {token}")]
        ).digest


def told_on_topic(bootstrap, contracts, topic, day):
    """The published digest of the day; None when there is none."""
    message = contracts.message("zhitongche.common.v1.DigestClosed")
    digests = f"ztc.{topic.split('.')[1]}.digest.events.v1"
    for record in records(bootstrap, digests):
        if record.key() == topic.encode():
            digest = message.FromString(record.value()).digest
            if digest.day == day:
                return digest
    return None


def difference(digest, own):
    """The first partition that differs, in words; None when all agree."""
    told = {entry.partition: entry for entry in digest.partitions}
    for partition in sorted(told.keys() | own.keys()):
        published = told[partition].events if partition in told else 0
        holds = own[partition].events if partition in own else 0
        if published != holds:
            return f"partition {partition}: published {published}, the topic holds {holds}"
        if told[partition].sum != own[partition].bytes:
            return f"partition {partition}: {holds} events, but not the same ones"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", required=True, help="host:port of the broker")
    parser.add_argument("--proto", default="proto", help="folder of the contracts")
    parser.add_argument("--topic", required=True, help="an events topic")
    parser.add_argument("--day", required=True, help="UTC day, YYYY-MM-DD")
    parser.add_argument("--target", help="host:port of the publisher; asks it instead of reading its topic of digests")
    parser.add_argument("--token", default="", help="access token for --target")
    arguments = parser.parse_args()

    contracts = Contracts(arguments.proto)
    if arguments.target:
        digest = told_by_call(arguments.target, arguments.token, contracts, arguments.topic, arguments.day)
    else:
        digest = told_on_topic(arguments.bootstrap, contracts, arguments.topic, arguments.day)
    if digest is None:
        print(f"digest: no digest of {arguments.topic} on {arguments.day} was published", file=sys.stderr)
        return 2
    own = held(arguments.bootstrap, arguments.topic, arguments.day)
    found = difference(digest, own)
    if found:
        print(f"digest: {arguments.topic} {arguments.day} differs in {found}", file=sys.stderr)
        return 1
    print(f"{arguments.topic} {arguments.day}: {sum(part.events for part in own.values())} events agree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
