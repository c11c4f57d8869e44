"""XCT-11: the whole product over TLS, started by its own command, and nothing of it to be had without."""

import confluent_kafka
import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from installation import SERVICES, Installation


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory):
    """A second installation beside the one of the other tests, on ports of its own."""
    installation = Installation(tmp_path_factory.mktemp("encrypted") / "run", 1500)
    try:
        installation.up("--tls", "--no-scenario")
        # The outside subscriber is told by variables how to reach the broker.
        told = {name: value for name, value in installation.addresses.items() if name.startswith("KAFKA_")}
        del told["KAFKA_BOOTSTRAP_SERVERS"]
        installation.environment |= told
        yield installation
    finally:
        installation.down("--purge")


def tls(installation, name):
    return (installation.run / "tls" / name).read_bytes()


def health(installation, service, credentials):
    """What a service says of itself over a connection with these credentials."""
    address = installation.address(service)
    # The certificate names the service, wherever its address leads.
    options = [("grpc.ssl_target_name_override", service)]
    channel = grpc.secure_channel(address, credentials, options) if credentials else grpc.insecure_channel(address)
    with channel:
        request = health_pb2.HealthCheckRequest(service="")
        return health_pb2_grpc.HealthStub(channel).Check(request, timeout=15).status


def test_the_story_is_told_over_tls_from_the_calls_to_the_outside_subscriber(encrypted):
    """XCT-11: every service serves, and nothing is missing in the story."""
    status = encrypted.status()
    assert {name: status[name]["health"] for name in SERVICES} == dict.fromkeys(SERVICES, "SERVING")
    told = encrypted.scenario().stdout
    assert "zhitongche.policy.v1.PointPublished" in told and "用时" in told


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_answers_whoever_has_a_certificate_and_nobody_else(encrypted, service):
    """XCT-11: plaintext and a client without a certificate get no connection."""
    authority = tls(encrypted, "ca.pem")
    operator = grpc.ssl_channel_credentials(authority, tls(encrypted, "operator.key"), tls(encrypted, "operator.pem"))
    assert health(encrypted, service, operator) == health_pb2.HealthCheckResponse.SERVING
    for credentials in [None, grpc.ssl_channel_credentials(authority)]:
        with pytest.raises(grpc.RpcError) as refused:
            health(encrypted, service, credentials)
        assert refused.value.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


def settings(installation, **changes):
    """How a client reaches the broker; None takes a setting away."""
    variables = installation.addresses
    ours = {
        "bootstrap.servers": installation.bootstrap,
        "security.protocol": "sasl_ssl",
        "ssl.ca.location": variables["KAFKA_TLS_CA"],
        "ssl.certificate.location": variables["KAFKA_TLS_CERTIFICATE"],
        "ssl.key.location": variables["KAFKA_TLS_KEY"],
        "sasl.mechanism": variables["KAFKA_SASL_MECHANISM"],
        "sasl.username": variables["KAFKA_SASL_USERNAME"],
        "sasl.password": installation.secret("kafka.password"),
        "group.id": "endtoend-encrypted",
    }
    return {name: value for name, value in (ours | changes).items() if value is not None}


def test_the_broker_answers_whoever_logs_in_over_tls_and_nobody_else(encrypted):
    """XCT-11: plaintext and a wrong password learn nothing, not even which topics there are."""
    consumer = confluent_kafka.Consumer(settings(encrypted))
    assert "ztc.policy.point.events.v1" in consumer.list_topics(timeout=20).topics
    consumer.close()
    plain = dict.fromkeys(
        [
            "ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "sasl.mechanism", "sasl.username",
            "sasl.password",
        ]
    )
    for changes in [plain | {"security.protocol": "plaintext"}, {"sasl.password": "wrong"}]:
        consumer = confluent_kafka.Consumer(settings(encrypted, **changes))
        with pytest.raises(confluent_kafka.KafkaException):
            consumer.list_topics(timeout=5)
        consumer.close()


def test_the_database_takes_no_plaintext(encrypted):
    """XCT-11: also with the right password."""
    address = encrypted.addresses["DATABASE_URL"].partition("?")[0]
    refused = encrypted.shell("psql", f"{address}?sslmode=disable", "-XAtqc", "SELECT 1", check=False)
    assert refused.returncode != 0 and "no encryption" in refused.stderr
    assert encrypted.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").stdout.strip() == "t"
