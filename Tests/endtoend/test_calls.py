"""XCT-4, XCT-12, XCT-14, XCT-17: what a client sees that has only gRPC, health and reflection."""

import grpc
import pytest
from google.protobuf import descriptor_pool, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from installation import SERVICES

REFUSED = {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.INTERNAL}
PLATFORM = {"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"}
LIST_POINTS = "zhitongche.policy.v1.PolicyService/ListPoints"
# One call that needs a token, of each service.
GUARDED = {
    "directory": "zhitongche.directory.v1.DirectoryService/ListAccounts",
    "policy": "zhitongche.policy.v1.PolicyService/DraftPoint",
    "enterprise": "zhitongche.enterprise.v1.EnterpriseService/ListEnterprises",
    "project": "zhitongche.project.v1.ProjectService/ListProjects",
    "notification": "zhitongche.notification.v1.NotificationService/ListInbox",
    "assessment": "zhitongche.assessment.v1.AssessmentService/ListIndicators",
    "appeal": "zhitongche.appeal.v1.AppealService/ListCases",
}


def full_name(service):
    return f"zhitongche.{service}.v1.{service.capitalize()}Service"


@pytest.fixture(scope="module")
def handler(installation):
    return installation.token(role="handler")


@pytest.mark.parametrize("service", SERVICES)
def test_health_is_served_for_the_server_and_each_of_its_services(client, service):
    """XCT-14."""
    with client.channel(service) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for name in ["", full_name(service)]:
            answer = health.Check(health_pb2.HealthCheckRequest(service=name), timeout=15)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
            watch = health.Watch(health_pb2.HealthCheckRequest(service=name), timeout=15)
            assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
            watch.cancel()
        with pytest.raises(grpc.RpcError) as refused:
            health.Check(health_pb2.HealthCheckRequest(service="zhitongche.nobody.v1.Nobody"), timeout=15)
        assert refused.value.code() == grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize("service", SERVICES)
def test_reflection_lists_the_services(client, service):
    """XCT-4: both versions, since common clients speak the older one."""
    with client.channel(service) as channel:
        listed = set(ProtoReflectionDescriptorDatabase(channel).get_services())
        assert listed >= PLATFORM | {full_name(service)}

        method, request, response = client.contracts.call("grpc.reflection.v1.ServerReflection/ServerReflectionInfo")
        questions = [request(list_services="*"), request(file_containing_symbol=full_name(service))]
        ask = channel.stream_stream(
            f"/{method.containing_service.full_name}/{method.name}",
            request_serializer=request.SerializeToString,
            response_deserializer=response.FromString,
        )
        names, files = ask(iter(questions), timeout=15)
        assert {entry.name for entry in names.list_services_response.service} == listed
        assert files.file_descriptor_response.file_descriptor_proto


def test_a_client_without_our_files_calls_through_reflection(client, handler):
    """XCT-4: descriptors come from the server alone, and the search finds a published point."""
    with client.channel("policy") as channel:
        pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        method = pool.FindServiceByName(full_name("policy")).FindMethodByName("SearchPoints")
        request = message_factory.GetMessageClass(method.input_type)
        response = message_factory.GetMessageClass(method.output_type)
        search = channel.unary_unary(
            f"/{full_name('policy')}/SearchPoints",
            request_serializer=request.SerializeToString,
            response_deserializer=response.FromString,
        )
        found = search(
            request(query="企业", page_size=5, count=True),
            metadata=[("authorization", f"Bearer {handler}")],
            timeout=20,
        )
        text = str(found)
        assert found.ByteSize() > 0 and "point_id" in text, text


@pytest.mark.parametrize("service", SERVICES)
def test_a_call_without_deadline_is_refused_with_the_reason(client, service, handler):
    """RELIABILITY 17: whoever waits for ever is told so at once."""
    refusal = client.refusal(GUARDED[service], token=handler, timeout=None)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "DEADLINE")
    assert "deadline" in refusal.text


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("token", [None, "nonsense", "eyJhbGciOiJub25lIn0.e30."])
def test_a_call_without_a_valid_token_is_unauthenticated(client, service, token):
    """XCT-10."""
    refusal = client.refusal(GUARDED[service], token=token)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED")
    assert refusal.domain == "zhitongche"


def test_a_token_whose_signature_was_changed_is_refused(client, handler):
    """XCT-10."""
    head, claims, signature = handler.split(".")
    changed = signature[:10] + ("A" if signature[10] != "A" else "B") + signature[11:]
    refusal = client.refusal(LIST_POINTS, token=f"{head}.{claims}.{changed}")
    assert refusal.code == grpc.StatusCode.UNAUTHENTICATED


def test_a_role_that_may_not_is_denied(client, installation):
    """XCT-10: a data steward drafts nothing."""
    refusal = client.refusal(GUARDED["policy"], token=installation.token(role="data-steward"))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ACTION_DENIED")


def test_a_malformed_field_is_named(client, handler):
    """XCT-12: BadRequest names the path; ErrorInfo carries reason and domain."""
    request = client.request("policy.v1.SubmitPointRequest", point_id="01a1fd63-323b-7a97-a7c8-f98c2b59ea6a", version=1)
    refusal = client.refusal("zhitongche.policy.v1.PolicyService/SubmitPoint", request, token=handler)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert refusal.domain == "zhitongche"
    assert refusal.fields == ["request_id"]


@pytest.mark.parametrize(
    "asked, locale, word", [("zh-CN", "zh", "无效"), ("en-GB,en;q=0.9", "en", "token"), (None, "zh", "无效")]
)
def test_the_text_for_people_follows_their_language(client, asked, locale, word):
    """XCT-12: the status text stays English, LocalizedMessage is in Chinese or English."""
    refusal = client.refusal(GUARDED["policy"], language=asked)
    assert refusal.locale.startswith(locale) and word in refusal.message
    assert refusal.text.isascii()


def test_an_oversized_or_broken_request_blocks_nobody(client, handler):
    """XCT-12: bytes that are no message are refused, and the next call is answered."""
    with client.channel("policy") as channel:
        raw = channel.unary_unary(f"/{LIST_POINTS}", request_serializer=bytes, response_deserializer=bytes)
        metadata = [("authorization", f"Bearer {handler}")]
        for hostile in [b"\x0a\xff\xff\xff\xff\x0f", b"\xff" * 1000, b"\x0a" * 100_000, b"\x00" * 6_000_000]:
            with pytest.raises(grpc.RpcError) as refused:
                raw(hostile, metadata=metadata, timeout=20)
            # What is too long for the transport it cuts off without reading it.
            cut = {grpc.StatusCode.CANCELLED} if len(hostile) > 4_000_000 else set()
            assert refused.value.code() in REFUSED | cut, (len(hostile), refused.value)
        assert client.call(LIST_POINTS, token=handler, channel=channel).points
