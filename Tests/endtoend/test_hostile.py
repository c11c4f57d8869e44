"""XCT-12: what hostile clients send to a service's port, while an honest one keeps being answered in time."""

import contextlib
import socket
import struct
import threading
import time

import grpc
import pytest

from installation import eventually

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 8, 9
END_STREAM, END_HEADERS = 1, 4
KEY_SET = "zhitongche.directory.v1.DirectoryService/GetKeySet"
WHO_AM_I = "zhitongche.directory.v1.DirectoryService/WhoAmI"
LOGIN = "zhitongche.directory.v1.DirectoryService/Login"
# A call that is made in milliseconds otherwise; machines are shared, so this is generous and still no hang.
BOUND_SECONDS = 10
# What a service may grow by under one of these, in KiB. It is given back or not; without limits it would be gigabytes.
BOUND_KIB = 400 * 1024


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def text(value):
    value = value.encode()
    # A string without Huffman coding; its length in seven bits, and in more bytes beyond.
    if len(value) < 127:
        return bytes([len(value)]) + value
    rest, more = len(value) - 127, bytearray([127])
    while rest >= 128:
        more.append(rest % 128 + 128)
        rest //= 128
    more.append(rest)
    return bytes(more) + value


def block(method=LOGIN, timeout="9999H", extra=()):
    """Headers of a call as literals, none of which enters the table."""
    headers = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", f"/{method}"),
        (":authority", "localhost"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        ("grpc-timeout", timeout),
        *extra,
    ]
    return b"".join(b"\x00" + text(name) + text(value) for name, value in headers)


class Wire:
    """A connection on which everything can be sent, also what no client sends."""

    def __init__(self, address, settings=b""):
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        self.socket.sendall(PREFACE + frame(SETTINGS, 0, 0, settings))

    def send(self, data):
        """Sends, and tells whether the other side still takes it."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def is_closed(self, within=60):
        """Whether the other side ends the connection."""
        self.socket.settimeout(within)
        try:
            while self.socket.recv(65536):
                pass
            return True
        except TimeoutError:
            return False
        except OSError:
            return True

    def close(self):
        self.socket.close()


@pytest.fixture
def address(installation):
    return installation.address("directory")


def has_room(client):
    try:
        client.call(KEY_SET, timeout=BOUND_SECONDS)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        return False
    return True


@contextlib.contextmanager
def honest(installation, client):
    """An honest client's calls go on meanwhile: each is answered within the bound, and memory stays bounded.

    The client has a token, for which places are kept; whoever has none competes with whoever floods.
    """
    token = installation.token(role="administrator")
    process = installation.processes["directory"]
    status = f"/proc/{process.number}/status"

    def resident():
        with open(status) as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))

    before, peak, times, errors = resident(), [0], [], []
    end = threading.Event()

    def work():
        with client.channel("directory") as channel:
            while not end.is_set():
                started = time.monotonic()
                try:
                    client.call(WHO_AM_I, token=token, timeout=BOUND_SECONDS, channel=channel)
                except grpc.RpcError as error:
                    errors.append(error.code())
                times.append(time.monotonic() - started)
                peak[0] = max(peak[0], resident())
                end.wait(0.02)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
        # The connections are closed, and what they left is still there; soon there is room for callers without a token.
        after = len(times) + 20
        eventually(lambda: len(times) > after)
        eventually(lambda: has_room(client))
    finally:
        end.set()
        worker.join()
    assert process.lives()
    assert errors == [], f"{len(times)} calls, {errors}"
    assert max(times) < BOUND_SECONDS
    assert peak[0] - before < BOUND_KIB, f"grew from {before} to {peak[0]} KiB"


def test_a_message_over_the_limit_is_told_to_be_one(client):
    """A message of 5 MB is refused as RESOURCE_EXHAUSTED; CANCELLED would tell the caller nothing."""
    method, request_class, _ = client.contracts.call(LOGIN)
    request = request_class(login="x" * (5 * 1024 * 1024), password="y")
    with pytest.raises(grpc.RpcError) as refused:
        client.call(LOGIN, request)
    assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "4194304 bytes" in refused.value.details()


def test_huge_messages(installation, client, address):
    """Messages that announce gigabytes, and many of almost 4 MB at once, take no memory for long."""
    with honest(installation, client):
        wires = [Wire(address) for _ in range(20)]
        for wire in wires:
            for stream in range(1, 40, 2):
                wire.send(frame(HEADERS, END_HEADERS, stream, block(timeout="2S")))
                wire.send(frame(DATA, 0, stream, b"\x00" + struct.pack(">I", 0xFFFFFFFF) + b"x" * 1000))
        for wire in wires:
            wire.close()
        wires = [Wire(address) for _ in range(20)]
        for wire in wires:
            wire.send(frame(HEADERS, END_HEADERS, 1, block(timeout="2S")))
            wire.send(frame(DATA, 0, 1, b"\x00" + struct.pack(">I", 4_000_000) + b"x" * 16_000))
        for wire in wires:
            wire.close()


def test_calls_that_never_end(installation, client, address):
    """Thousands of calls whose request never comes leave room for those that are made in earnest."""
    with honest(installation, client):
        wires = [Wire(address) for _ in range(30)]
        for wire in wires:
            for stream in range(1, 400, 2):
                if not wire.send(frame(HEADERS, END_HEADERS, stream, block())):
                    break
        # While all of them wait: half of the places are for callers with a token.
        token = installation.token(role="administrator")
        for _ in range(20):
            client.call(WHO_AM_I, token=token, timeout=BOUND_SECONDS)
        for wire in wires:
            wire.close()


def test_rapid_resets(installation, client, address):
    """CVE-2023-44487: streams that are opened and reset at once end the connection, not the service."""
    with honest(installation, client):
        for _ in range(5):
            wire = Wire(address)
            stream = 1
            while stream < 20_000 and wire.send(
                b"".join(
                    frame(HEADERS, END_HEADERS, number, block(KEY_SET, "1S"))
                    + frame(RST_STREAM, 0, number, struct.pack(">I", 8))
                    for number in range(stream, stream + 200, 2)
                )
            ):
                stream += 200
            assert wire.is_closed()
            wire.close()


def test_floods_of_headers(installation, client, address):
    """A list of headers that is too long, and one without an end (CVE-2024-27316), end the connection."""
    with honest(installation, client):
        for _ in range(5):
            wire = Wire(address)
            extra = [(f"x-{number}", "v" * 900) for number in range(15)]
            long = block(extra=extra)
            wire.send(frame(HEADERS, 0, 1, long))
            for _ in range(2000):
                if not wire.send(frame(CONTINUATION, 0, 1, long)):
                    break
            assert wire.is_closed()
            wire.close()


def test_floods_of_pings_and_settings(installation, client, address):
    """Frames that cost an answer each do not pile up the answers for a client that does not read them."""
    with honest(installation, client):
        for kind, payload in [(PING, b"12345678"), (SETTINGS, b"")]:
            wire = Wire(address)
            wire.socket.settimeout(2)
            for _ in range(300):
                if not wire.send(frame(kind, 0, 0, payload) * 1000):
                    break
            wire.close()


def test_half_open_connections(installation, client, address):
    """Connections that never say a word, or half of one, cost nothing but their place."""
    host, _, port = address.rpartition(":")
    with honest(installation, client):
        silent = []
        for number in range(300):
            connection = socket.create_connection((host, int(port)), timeout=10)
            if number % 2:
                connection.sendall(PREFACE[: number % len(PREFACE)])
            silent.append(connection)
        time.sleep(1)
        for connection in silent:
            connection.close()


def test_a_reader_that_does_not_read(installation, client, address):
    """A window that never opens holds back the answer, not the service."""
    with honest(installation, client):
        # SETTINGS_INITIAL_WINDOW_SIZE 0: not one byte of an answer may be sent.
        wires = [Wire(address, struct.pack(">HI", 4, 0)) for _ in range(10)]
        for wire in wires:
            for stream in range(1, 200, 2):
                request = block(KEY_SET, "5S")
                wire.send(frame(HEADERS, END_HEADERS, stream, request) + frame(DATA, END_STREAM, stream, b"\x00" * 5))
        time.sleep(1)
        for wire in wires:
            wire.close()


def test_garbage(installation, client, address):
    """What is no HTTP/2 at all ends its connection only."""
    host, _, port = address.rpartition(":")
    with honest(installation, client):
        for garbage in [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01" + b"\xff" * 5000, PREFACE + b"\xff" * 5000]:
            for _ in range(20):
                with socket.create_connection((host, int(port)), timeout=10) as connection:
                    connection.sendall(garbage)
