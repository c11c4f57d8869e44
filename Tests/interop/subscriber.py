"""Prints events as JSON, one line each, from the beginning of the topics on (XCT-4).

    deploy/python Tests/interop/subscriber.py --bootstrap localhost:9092 --proto proto \\
        --topic ztc.policy.point.events.v1 --count 3 --timeout 30

A line holds topic, partition, offset, key, headers and the message, which is decoded by the header ce_type, the full
name of the message. Ends with 0 after --count events, with 1 when the time is up before, with 3 when an event does
not follow the contracts.
"""

import argparse
import json
import os
import sys
import time

import confluent_kafka
from google.protobuf import json_format
from google.protobuf.message import DecodeError

from contracts import Contracts

REQUIRED = ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type"]


class ContractBreak(Exception):
    """An event that a reader of the contracts cannot understand."""


def decode(record, contracts):
    """One record as a dictionary; a ContractBreak says what is wrong with it."""
    place = f"{record.topic()}[{record.partition()}]@{record.offset()}"
    headers = {name: (value or b"").decode("utf-8") for name, value in record.headers() or []}
    missing = [name for name in REQUIRED if name not in headers]
    if missing:
        raise ContractBreak(f"{place}: lacks the headers {', '.join(missing)}")
    if headers["ce_specversion"] != "1.0" or headers["content-type"] != "application/protobuf":
        raise ContractBreak(f"{place}: is not a CloudEvent 1.0 with protobuf content")
    try:
        message = contracts.message(headers["ce_type"])()
    except KeyError:
        raise ContractBreak(f"{place}: the contracts do not know {headers['ce_type']}") from None
    # Without a value a record is the tombstone of its key in a compacted topic.
    if record.value() is not None:
        try:
            message.ParseFromString(record.value())
        except DecodeError as error:
            raise ContractBreak(f"{place}: {headers['ce_type']} cannot be decoded: {error}") from None
    return {
        "topic": record.topic(),
        "partition": record.partition(),
        "offset": record.offset(),
        "key": (record.key() or b"").decode("utf-8"),
        "headers": headers,
        "message": None
        if record.value() is None
        else json_format.MessageToDict(message, preserving_proto_field_name=True),
    }


def assign_from_beginning(consumer, topics, deadline):
    """Assigns all partitions of the topics; waits while the broker does not list them yet."""
    while True:
        listed = consumer.list_topics(timeout=10).topics
        partitions = [
            confluent_kafka.TopicPartition(topic, number, confluent_kafka.OFFSET_BEGINNING)
            for topic in topics
            if topic in listed and listed[topic].error is None
            for number in listed[topic].partitions
        ]
        if {partition.topic for partition in partitions} == set(topics):
            consumer.assign(partitions)
            return True
        if time.monotonic() >= deadline:
            return False
        # Polling serves the client's own events while the topics are not there.
        consumer.poll(0.2)


def security(variables):
    """Encryption and login by the variables that ztc reads too; nothing where they are not set."""
    if "KAFKA_TLS_CA" not in variables:
        return {}
    settings = {"security.protocol": "ssl", "ssl.ca.location": variables["KAFKA_TLS_CA"]}
    if "KAFKA_TLS_CERTIFICATE" in variables:
        settings["ssl.certificate.location"] = variables["KAFKA_TLS_CERTIFICATE"]
        settings["ssl.key.location"] = variables["KAFKA_TLS_KEY"]
    if "KAFKA_SASL_MECHANISM" in variables:
        settings["security.protocol"] = "sasl_ssl"
        settings["sasl.mechanism"] = variables["KAFKA_SASL_MECHANISM"]
        settings["sasl.username"] = variables["KAFKA_SASL_USERNAME"]
        with open(variables["KAFKA_SASL_PASSWORD_FILE"], encoding="utf-8") as file:
            settings["sasl.password"] = file.read().rstrip("\n")
    return settings


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", required=True, help="host:port of the broker")
    parser.add_argument("--proto", default="proto", help="folder of the contracts")
    parser.add_argument("--topic", action="append", required=True, help="may be given several times")
    parser.add_argument("--type", help="count and print only events with this ce_type")
    parser.add_argument("--key", help="count and print only events with this key")
    parser.add_argument("--count", type=int, default=1, help="events to wait for")
    parser.add_argument("--timeout", type=float, default=30, help="seconds for all of them")
    parser.add_argument("--config", action="append", default=[], metavar="KEY=VALUE", help="a setting of librdkafka")
    arguments = parser.parse_args()

    deadline = time.monotonic() + arguments.timeout
    contracts = Contracts(arguments.proto)
    settings = {
        "bootstrap.servers": arguments.bootstrap,
        "group.id": "ztc.interop",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "error",
        "check.crcs": True,
        "fetch.wait.max.ms": 10,
    }
    settings.update(security(os.environ))
    settings.update(setting.split("=", 1) for setting in arguments.config)
    consumer = confluent_kafka.Consumer(settings)
    seen = 0
    try:
        if not assign_from_beginning(consumer, arguments.topic, deadline):
            print(f"subscriber: the broker does not list {', '.join(arguments.topic)}", file=sys.stderr)
            return 1
        while seen < arguments.count:
            left = deadline - time.monotonic()
            if left <= 0:
                print(f"subscriber: {seen} of {arguments.count} events in {arguments.timeout} s", file=sys.stderr)
                return 1
            record = consumer.poll(min(left, 1.0))
            if record is None:
                continue
            if record.error():
                if record.error().retriable() or record.error().code() in (
                    confluent_kafka.KafkaError._ALL_BROKERS_DOWN,
                    confluent_kafka.KafkaError._TRANSPORT,
                ):
                    continue
                raise confluent_kafka.KafkaException(record.error())
            event = decode(record, contracts)
            if arguments.type not in (None, event["headers"]["ce_type"]) or arguments.key not in (None, event["key"]):
                continue
            print(json.dumps(event, ensure_ascii=False, sort_keys=True), flush=True)
            seen += 1
        return 0
    except ContractBreak as error:
        print(f"subscriber: {error}", file=sys.stderr)
        return 3
    finally:
        consumer.close()


if __name__ == "__main__":
    sys.exit(main())
