"""A client that knows nothing but proto/: calls, refusals and events of an installation."""

import collections
import uuid

import confluent_kafka
import grpc

from contracts import Contracts
from installation import ROOT

Refusal = collections.namedtuple("Refusal", "code text reason domain metadata message locale fields")


class Client:
    """Calls the services of an installation with the contracts that it is given."""

    def __init__(self, installation):
        self.installation = installation
        self.contracts = Contracts(ROOT / "proto")
        self.details = Contracts(ROOT / "Tests" / "endtoend")

    def channel(self, service):
        return grpc.insecure_channel(self.installation.address(service))

    def call(self, name, request=None, token=None, timeout=15, language=None, channel=None):
        """Makes a unary call; `name` is "package.Service/Method", the service is the package's."""
        method, request_class, response_class = self.contracts.call(name)
        metadata = [("authorization", f"Bearer {token}")] if token else []
        if language:
            metadata.append(("accept-language", language))
        own = channel or self.channel(name.split(".")[1])
        try:
            return own.unary_unary(
                f"/{name}",
                request_serializer=request_class.SerializeToString,
                response_deserializer=response_class.FromString,
            )(request or request_class(), metadata=metadata, timeout=timeout)
        finally:
            if channel is None:
                own.close()

    def refusal(self, name, request=None, **options):
        """Makes a call that must be refused and tells everything that the refusal says."""
        try:
            answer = self.call(name, request, **options)
        except grpc.RpcError as error:
            return self.read(error)
        raise AssertionError(f"{name} was not refused but answered {answer}")

    def read(self, error):
        found = {"reason": "", "domain": "", "metadata": {}, "message": "", "locale": "", "fields": []}
        trailers = dict(error.trailing_metadata() or ())
        status = self.details.message("google.rpc.Status").FromString(trailers.get("grpc-status-details-bin", b""))
        for packed in status.details:
            detail = self.details.message(packed.TypeName()).FromString(packed.value)
            kind = detail.DESCRIPTOR.name
            if kind == "ErrorInfo":
                found |= {"reason": detail.reason, "domain": detail.domain, "metadata": dict(detail.metadata)}
            elif kind == "LocalizedMessage":
                found |= {"message": detail.message, "locale": detail.locale}
            elif kind == "BadRequest":
                found["fields"] = [violation.field for violation in detail.field_violations]
        return Refusal(code=error.code(), text=error.details(), **found)

    def request(self, name, **fields):
        return self.contracts.message(f"zhitongche.{name}")(**fields)

    # ── commands of people

    def publish_point(self, title):
        """Drafts, submits and publishes a point by two posts; returns it. Each call has its own request identifier."""
        drafter = self.installation.token(login="zhihuibu.jingban")
        publisher = self.installation.token(login="zhihuibu.fabu")
        service = "zhitongche.policy.v1.PolicyService"
        listed = self.call(
            f"{service}/ListPoints", self.request("policy.v1.ListPointsRequest", page_size=1), drafter
        ).points
        content = type(listed[0].content)()
        content.CopyFrom(listed[0].content)
        content.title = title
        point = self.call(
            f"{service}/DraftPoint",
            self.request(
                "policy.v1.DraftPointRequest",
                request_id=str(uuid.uuid4()),
                document_id=listed[0].document_id,
                content=content,
            ),
            drafter,
        ).point
        for method, token in [("SubmitPoint", drafter), ("PublishPoint", publisher)]:
            point = self.call(
                f"{service}/{method}",
                self.request(
                    f"policy.v1.{method}Request",
                    request_id=str(uuid.uuid4()),
                    point_id=point.point_id,
                    version=point.version,
                ),
                token,
            ).point
        return point

    def audience(self, point, **options):
        """The audience of a point, as its drafter sees it."""
        return self.call(
            "zhitongche.enterprise.v1.EnterpriseService/GetAudience",
            self.request("enterprise.v1.GetAudienceRequest", point_id=point.point_id),
            self.installation.token(login="zhihuibu.jingban"),
            **options,
        )

    def has_audience(self, point):
        try:
            return self.audience(point).revision == point.revision
        except grpc.RpcError as error:
            if error.code() in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.UNAVAILABLE):
                return False
            raise

    # ── events

    def read_topics(self, topics, within=30):
        """Every record of the topics up to their ends, by topic; a missing topic has none."""
        consumer = confluent_kafka.Consumer(
            {
                "bootstrap.servers": self.installation.bootstrap,
                "group.id": f"endtoend-{uuid.uuid4()}",
                "enable.auto.commit": False,
                "auto.offset.reset": "error",
                "enable.partition.eof": True,
                "check.crcs": True,
                "fetch.wait.max.ms": 10,
            }
        )
        records = {topic: [] for topic in topics}
        try:
            listed = consumer.list_topics(timeout=within).topics
            open_ends = {(topic, number) for topic in topics if topic in listed for number in listed[topic].partitions}
            consumer.assign(
                [
                    confluent_kafka.TopicPartition(topic, number, confluent_kafka.OFFSET_BEGINNING)
                    for topic, number in open_ends
                ]
            )
            while open_ends:
                record = consumer.poll(within)
                assert record is not None, f"the ends of {open_ends} were not reached within {within} s"
                if record.error() is None:
                    records[record.topic()].append(record)
                elif record.error().code() == confluent_kafka.KafkaError._PARTITION_EOF:
                    open_ends.discard((record.topic(), record.partition()))
                else:
                    raise confluent_kafka.KafkaException(record.error())
        finally:
            consumer.close()
        return records

    def produce(self, topic, key, value, headers, partition=-1):
        """Writes one record as an outside producer and returns where it went; to the key's partition by default."""
        places = []
        producer = confluent_kafka.Producer(
            {"bootstrap.servers": self.installation.bootstrap, "partitioner": "murmur2_random"}
        )
        producer.produce(
            topic,
            value,
            key,
            partition,
            headers=headers,
            on_delivery=lambda error, record: places.append((error, record)),
        )
        producer.flush(15)
        assert places and places[0][0] is None, places
        return places[0][1].partition(), places[0][1].offset()


def headers_of(record):
    return {name: (value or b"").decode() for name, value in record.headers() or []}
