import CommonContracts
import Domain
import EnterpriseContracts
import GRPCCore
import Messaging
import Postgres
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing
import Wire

@testable import EnterpriseService

@Suite("Access (XCT-10)")
struct AccessTests {
    @Test("without a token every call is refused, and without a role every call but the claim is denied")
    func denied() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let nobody = try await stage.bench.metadata(stage.bench.directory.staff("nobody", roles: []))
            let (library, options) = (stage.library, stage.options)
            typealias Call = @Sendable (Metadata) async throws -> Void
            let calls: [String: Call] = [
                "LoadEnterprises": { metadata in
                    _ = try await library.loadEnterprises(metadata: metadata, options: options) { writer in
                        try await writer.write(.with { $0.header = .with { ($0.loadID, $0.source) = ("1", "s") } })
                    }
                },
                "ListLoadErrors": { _ = try await library.listLoadErrors(.init(), metadata: $0, options: options) },
                "GetEnterprise": { _ = try await library.getEnterprise(.init(), metadata: $0, options: options) },
                "ListEnterprises": { _ = try await library.listEnterprises(.init(), metadata: $0, options: options) },
                "RecordAttributes": { _ = try await library.recordAttributes(.init(), metadata: $0, options: options) },
                "GetAttributes": { _ = try await library.getAttributes(.init(), metadata: $0, options: options) },
                "SetListMembership": {
                    _ = try await library.setListMembership(.init(), metadata: $0, options: options)
                },
                "ChooseTags": { _ = try await library.chooseTags(.init(), metadata: $0, options: options) },
                "SubmitClaim": { _ = try await library.submitClaim(.init(), metadata: $0, options: options) },
                "ExplainPoint": { _ = try await library.explainPoint(.init(), metadata: $0, options: options) },
                "ListMatches": { _ = try await library.listMatches(.init(), metadata: $0, options: options) },
                "PreviewAudience": { _ = try await library.previewAudience(.init(), metadata: $0, options: options) },
                "GetAudience": { _ = try await library.getAudience(.init(), metadata: $0, options: options) },
                "ListAudienceMembers": {
                    _ = try await library.listAudienceMembers(.init(), metadata: $0, options: options)
                },
            ]
            #expect(Set(calls.keys) == Set(EnterpriseApp.definition.access.rules.keys))
            for (name, call) in calls.sorted(by: { $0.key < $1.key }) {
                #expect(try await code { try await call([:]) } == .unauthenticated, "\(name)")
                #expect(try await code { try await call(nobody) } == .permissionDenied, "\(name)")
            }
        }
    }

    @Test("ENT-16: a region's scope reaches the enterprises of the region, and nothing that tells of or changes all")
    func region() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let rows = [try Row(1), try Row(2).with { $0.region = "371302" }]
            let loaded = try await stage.load(Row.file(rows))
            let inside = try await stage.enterprise(rows[0]).enterpriseID
            let outside = try await stage.enterprise(rows[1]).enterpriseID
            let regional = try await stage.bench.metadata(
                stage.bench.directory.staff("regional", roles: ["regional"]))
            let (library, options) = (stage.library, stage.options)
            func record(_ enterprise: String) async throws {
                _ = try await library.recordAttributes(
                    .with {
                        ($0.requestID, $0.enterpriseID) = (newID(), enterprise)
                        $0.records = [
                            .with {
                                ($0.attribute, $0.source) = ("employees", "office")
                                $0.value = Domain.AttributeValue.integer(7).wire
                                $0.period = .with { $0.start = Sample.day("2020-01-01").wire }
                            }
                        ]
                    }, metadata: regional, options: options)
            }
            func list(_ list: String, _ enterprises: [String], by metadata: Metadata) async throws {
                _ = try await library.setListMembership(
                    .with {
                        ($0.requestID, $0.list, $0.enterpriseIds) = (newID(), list, enterprises)
                        ($0.member, $0.reason) = (true, "批文 1 号")
                    }, metadata: metadata, options: options)
            }
            func reason(_ body: () async throws -> Void) async throws -> Problem.Reason? {
                try await problem(body)?.reason
            }

            // The role may arrive after the steward's.
            try await eventually {
                try await code { try await record(inside) }
            } is: {
                $0 == nil
            }
            #expect(try await reason { try await record(outside) } == .scopeDenied)
            // That a list is maintained from now on is a fact about everybody.
            #expect(try await reason { try await list("double-50", [inside], by: regional) } == .scopeDenied)
            try await list("double-50", [outside], by: try await stage.steward)
            try await list("double-50", [inside], by: regional)
            #expect(try await reason { try await list("double-50", [inside, outside], by: regional) } == .scopeDenied)

            try await stage.publish("point", .sample(.region(within: Sample.region("370000"))))
            try await stage.audience("point", met: 2, notMet: 0, unknown: 0)
            #expect(
                try await reason {
                    _ = try await library.getAudience(
                        .with { $0.pointID = "point" }, metadata: regional, options: options)
                } == .scopeDenied)
            #expect(
                try await reason {
                    _ = try await library.listAudienceMembers(
                        .with { $0.pointID = "point" }, metadata: regional, options: options)
                } == .scopeDenied)
            #expect(
                try await reason {
                    _ = try await library.previewAudience(
                        .with { $0.audience.exact = true }, metadata: regional, options: options)
                } == .scopeDenied)
            #expect(
                try await reason {
                    _ = try await library.listLoadErrors(
                        .with { $0.loadID = loaded.loadID }, metadata: regional, options: options)
                } == .scopeDenied)
            #expect(
                try await reason {
                    _ = try await library.loadEnterprises(metadata: regional, options: options) { writer in
                        try await writer.write(.with { $0.header = .with { ($0.loadID, $0.source) = ("1", "s") } })
                    }
                } == .scopeDenied)
        }
    }

    @Test("ENT-16: a list is narrowed to a user's own enterprise by the index on identifiers")
    func ownEnterprise() async throws {
        try await ServiceBench.enterprise().stage { stage in
            func narrowing(_ enterprise: String?) throws -> SQL {
                try EnterpriseQueries.narrowing(
                    Caller(
                        accountID: "boss", kind: .enterprise, enterpriseID: enterprise,
                        permissions: [Permission(action: "enterprise.read", scope: .ownEnterprise)]))
            }
            let own = try narrowing(newID())
            let plan = try await stage.bench.administration.transaction { tx in
                try tx.execute("SET LOCAL enable_seqscan = off")
                return try tx.query("EXPLAIN SELECT name FROM enterprise.enterprise WHERE true\(own)") {
                    try $0.get("QUERY PLAN", as: String.self)
                }
            }
            #expect(plan.contains { $0.contains("enterprise_id_key") }, "\(plan)")
            for enterprise in [nil, "", "x"] {
                let none = try narrowing(enterprise)
                #expect(
                    try await stage.query("SELECT count(*) AS n FROM enterprise.enterprise WHERE true\(none)") == 0)
            }
        }
    }
}
