import Domain
import EnterpriseDomain
import Postgres
import ServiceRuntime
import ServiceTestSupport
import Testing

@testable import EnterpriseService

@Suite("Schema (ENT-1)")
struct SchemaTests {
    @Test("the words of CHECK constraints are the words of the enumerations")
    func checks() async throws {
        let bench = try await ServiceBench.enterprise()
        try await bench.run { _, _ in
            let expected = [
                "enterprise_status": words(of: RegistryStatus.self), "enterprise_size": words(of: SizeClass.self),
                "attribute_record_kind": words(of: AttributeType.self), "claim_state": words(of: ClaimState.self),
                "point_replica_state": words(of: PointReplica.State.self),
                "match_queue_kind": words(of: MatchQueue.Task.Kind.self),
                "audience_block_verdict": words(of: Verdict.self),
            ]
            let found = try await bench.administration.checkedWords(in: "enterprise")
            #expect(found == expected)
        }
    }

    @Test("every kind of value is stored and read as it was (ENT-3)")
    func values() throws {
        let values: [AttributeValue] = [
            .boolean(true), .boolean(false), .integer(-3), .decimal(try DecimalNumber(text: "-12.50")),
            .money(Money(fen: .max)), .ratio(try Ratio(3, 1_000)), .date(Sample.day("2020-02-29")), .text("高新,\"技术\""),
            .set(["gold", "a b"]), .set([]),
        ]
        for value in values { #expect(try AttributeValue(stored: value.storedText, kind: value.type) == value) }
        #expect(throws: (any Error).self) { try AttributeValue(stored: "x", kind: .integer) }
        #expect(throws: (any Error).self) { try AttributeValue(stored: "1/0", kind: .ratio) }
        #expect(throws: (any Error).self) { try AttributeValue(stored: "yes", kind: .boolean) }
    }
}
