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
    func words() async throws {
        try await ServiceBench.enterprise().run { handle, _ in
            let expected: [String: [String]] = [
                "enterprise_status": RegistryStatus.allCases.map(\.rawValue),
                "enterprise_size": SizeClass.allCases.map(\.rawValue),
                "attribute_record_kind": AttributeType.allCases.map(\.rawValue),
                "claim_state": ClaimState.allCases.map(\.rawValue),
                "point_replica_state": PointReplica.State.allCases.map(\.rawValue),
                "match_queue_kind": MatchQueue.Task.Kind.allCases.map(\.rawValue),
                "audience_block_verdict": Verdict.allCases.map(\.rawValue),
            ]
            let found = try await handle.runtime.database.transaction { tx in
                try tx.query(
                    """
                    SELECT conname, array_agg(word[1] ORDER BY word[1]) AS words
                    FROM pg_constraint, regexp_matches(pg_get_constraintdef(oid), '''([^'']+)''::text', 'g') AS word
                    WHERE conname = ANY(\(Array(expected.keys))) GROUP BY conname
                    """
                ) { (try $0.get("conname", as: String.self), try $0.get("words", as: [String].self)) }
            }
            #expect(Dictionary(uniqueKeysWithValues: found) == expected.mapValues { $0.sorted() })
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
