import CommonContracts
import Domain
import EnterpriseContracts
import Foundation
import GRPCCore
import GRPCProtobuf
import Messaging
import Postgres
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing
import Wire

@testable import EnterpriseService

@Suite("Claims (ENT-2)")
struct ClaimTests {
    private func claim(
        _ stage: Stage, _ row: Row, account: String, name: String? = nil, representative: String = "张三",
        code: String? = nil, id: String = newID()
    ) async throws -> Zhitongche_Enterprise_V1_SubmitClaimResponse {
        try await stage.library.submitClaim(
            .with {
                $0.requestID = id
                $0.creditCode = code ?? row.code
                $0.name = name ?? row.name
                $0.representative = representative
            }, metadata: try await stage.user(account, enterprise: nil), options: stage.options)
    }

    @Test(
        "the right data verify the claim, however brackets and widths are written; each wrong one gets the same answer")
    func matrix() async throws {
        let bench = try await ServiceBench.enterprise()
        try await bench.stage { stage in
            let row = try Row(1).with { $0.name = "泰安（岱岳）ABC有限公司" }
            let closed = try Row(2).with { $0.status = "cancelled" }
            _ = try await stage.load(Row.file([row, closed]))
            let id = newID()
            let verified = try await claim(stage, row, account: "good", name: "泰安(岱岳)ＡＢＣ有限公司", id: id)
            #expect(verified.enterpriseID == (try await stage.enterprise(row).enterpriseID))
            // The same request again gets the first answer and no second claim.
            #expect(try await claim(stage, row, account: "good", name: "泰安(岱岳)ＡＢＣ有限公司", id: id) == verified)

            let unknown = try Row(99).code
            let wrongs = [
                try await problem { try await claim(stage, row, account: "a", representative: "李四") },
                try await problem { try await claim(stage, row, account: "b", name: "别的公司") },
                try await problem { try await claim(stage, row, account: "c", code: unknown) },
                try await problem { try await claim(stage, closed, account: "d") },
            ]
            #expect(wrongs.allSatisfy { $0?.reason == .claimMismatch && $0?.code == .failedPrecondition })
            #expect(Set(wrongs.map { $0?.en }).count == 1)
            #expect(try await code { try await claim(stage, row, account: "e", code: "123") } == .invalidArgument)
            let staff = try await code {
                try await stage.library.submitClaim(
                    .with {
                        $0.requestID = newID()
                        $0.creditCode = row.code
                        $0.name = row.name
                        $0.representative = "张三"
                    }, metadata: try await stage.steward, options: stage.options)
            }
            #expect(staff == .permissionDenied)

            let events = try await eventually {
                try await bench.published(EnterpriseTopics.claims)
            } is: {
                $0.count == 5
            }
            let messages = try events.filter { $0.type.hasSuffix("ClaimVerified") }.map {
                try Zhitongche_Enterprise_V1_ClaimVerified(serializedBytes: $0.payload)
            }
            #expect(messages.map(\.accountID) == ["good"])
            #expect(messages.map(\.enterpriseID) == [verified.enterpriseID])
            #expect(events.filter { $0.type.hasSuffix("ClaimRefused") }.count == 4)
        }
    }

    @Test("after five refusals even the right data are not compared, and a repeated request does not count twice")
    func attempts() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let row = try Row(1)
            let free = try Row(2)
            _ = try await stage.load(Row.file([row, free]))
            let id = newID()
            for _ in 0..<3 {
                let refused = try await problem {
                    try await claim(stage, row, account: "guesser", representative: "王五", id: id)
                }
                #expect(refused?.reason == .claimMismatch)
            }
            #expect(try await stage.query("SELECT count(*) AS n FROM enterprise.claim") == 1)
            for _ in 0..<4 {
                _ = try await problem { try await claim(stage, row, account: "guesser", representative: "王五") }
            }
            let exhausted = try await problem { try await claim(stage, row, account: "guesser") }
            #expect(exhausted?.code == .resourceExhausted)
            #expect(try await claim(stage, row, account: "other").enterpriseID.isEmpty == false)
            // The window is real time: when the refusals lie an hour back, the account may try again.
            try await stage.bench.administration.transaction {
                try $0.execute("UPDATE enterprise.claim SET recorded_at = recorded_at - interval '61 minutes'")
            }
            #expect(try await claim(stage, free, account: "guesser").enterpriseID.isEmpty == false)
        }
    }

    @Test("an enterprise belongs to who claimed it first; that account may repeat itself, others learn nothing")
    func claimedOnce() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let row = try Row(1)
            _ = try await stage.load(Row.file([row]))
            let first = try await claim(stage, row, account: "first")
            let second = try await problem { try await claim(stage, row, account: "second") }
            let wrong = try await problem { try await claim(stage, row, account: "second", representative: "李四") }
            #expect(second?.reason == .claimMismatch && second?.code == .failedPrecondition)
            #expect(second?.en == wrong?.en && second?.zh == wrong?.zh)
            #expect(try await claim(stage, row, account: "first") == first)
            #expect(
                try await stage.query("SELECT count(*) AS n FROM enterprise.claim WHERE state = 'verified'") == 1)
            #expect(
                try await stage.query("SELECT count(*) AS n FROM enterprise.claim WHERE state = 'refused'") == 2)
            // Whatever a command decides, the store does not take a second one.
            await #expect(throws: PostgresError.self) {
                try await stage.bench.administration.transaction { tx in
                    try tx.execute(
                        """
                        INSERT INTO enterprise.claim (id, account_id, credit_code, ordinal, state, decided_at)
                        SELECT gen_random_uuid(), 'second', credit_code, ordinal, state, decided_at
                        FROM enterprise.claim WHERE state = 'verified'
                        """)
                }
            }
        }
    }

    @Test("many accounts that guess at one enterprise are stopped together")
    func attemptsPerCode() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let row = try Row(1)
            _ = try await stage.load(Row.file([row]))
            for number in 0..<20 {
                _ = try await problem {
                    try await claim(stage, row, account: "guesser-\(number)", representative: "王五")
                }
            }
            #expect(try await problem { try await claim(stage, row, account: "fresh") }?.code == .resourceExhausted)
        }
    }
}

@Suite("Attributes, lists and tags (ENT-3, ENT-5, ENT-6)")
struct AttributeTests {
    private func record(
        _ attribute: String, _ value: Domain.AttributeValue, _ start: String?, _ end: String? = nil,
        source: String = "office"
    ) throws -> Zhitongche_Enterprise_V1_AttributeRecord {
        let (start, end) = (try start.map { try CivilDate($0) }, try end.map { try CivilDate($0) })
        return .with {
            $0.attribute = attribute
            $0.value = value.wire
            $0.period = .with {
                if let start { $0.start = start.wire }
                if let end { $0.end = end.wire }
            }
            $0.source = source
        }
    }

    private func store(
        _ stage: Stage, _ enterprise: String, _ records: [Zhitongche_Enterprise_V1_AttributeRecord],
        id: String = newID()
    ) async throws -> Zhitongche_Enterprise_V1_Enterprise {
        try await stage.library.recordAttributes(
            .with {
                $0.requestID = id
                $0.enterpriseID = enterprise
                $0.records = records
            }, metadata: try await stage.steward, options: stage.options
        ).enterprise
    }

    private func values(
        _ stage: Stage, _ enterprise: String, asOf: String? = nil
    ) async throws -> [String: Domain.AttributeValue] {
        let day = try asOf.map { try CivilDate($0) }
        let answer = try await stage.library.getAttributes(
            .with {
                $0.enterpriseID = enterprise
                if let day { $0.asOf = day.wire }
            }, metadata: try await stage.steward, options: stage.options)
        return Dictionary(
            uniqueKeysWithValues: try answer.records.map {
                ($0.attribute, try AttributeValue($0.value, field: "value"))
            })
    }

    @Test("values are asked as of a day; corrections win and keep history; figures outlive their year, codes do not")
    func history() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let row = try Row(1)
            _ = try await stage.load(Row.file([row]))
            let id = try await stage.enterprise(row).enterpriseID
            _ = try await store(
                stage, id,
                [
                    record("revenue", .money(Money(fen: 100)), "2018-01-01", "2019-01-01"),
                    record("revenue", .money(Money(fen: 200)), "2019-01-01", "2020-01-01"),
                    record("credit.rating", .text("A"), "2019-04-01", "2020-04-01"),
                    record("employees", .integer(7), nil),
                ])
            #expect(try await values(stage, id, asOf: "2018-06-01")["revenue"] == .money(Money(fen: 100)))
            #expect(try await values(stage, id, asOf: "2020-03-31")["credit.rating"] == .text("A"))
            let later = try await values(stage, id, asOf: "2020-04-20")
            #expect(later["revenue"] == .money(Money(fen: 200)))
            #expect(later["credit.rating"] == nil)
            #expect(later["employees"] == .integer(7))
            _ = try await store(
                stage, id, [record("revenue", .money(Money(fen: 250)), "2019-01-01", "2020-01-01", source: "finance")])
            #expect(try await values(stage, id, asOf: "2020-04-20")["revenue"] == .money(Money(fen: 250)))
            #expect(try await values(stage, id, asOf: "2018-06-01")["revenue"] == .money(Money(fen: 100)))
            #expect(
                try await stage.query(
                    "SELECT count(*) AS n FROM enterprise.attribute_record WHERE attribute = 'revenue'") == 3)
        }
    }

    @Test("size is derived anew, the version grows by one, and a repeated request has no second effect")
    func derived() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let row = try Row(1)
            _ = try await stage.load(Row.file([row]))
            let before = try await stage.enterprise(row)
            #expect(before.size == .unspecified)
            let request = newID()
            let records = [
                try record("employees", .integer(1_200), "2019-01-01"),
                try record("revenue", .money(Money(yuan: 500_000_000)), "2019-01-01"),
            ]
            let after = try await store(stage, before.enterpriseID, records, id: request)
            #expect(after.size == .large)
            #expect(after.version == 2)
            #expect(try await store(stage, before.enterpriseID, records, id: request) == after)
            #expect(try await stage.query("SELECT count(*) AS n FROM enterprise.attribute_record") == 2)
            #expect(
                try await stage.query("SELECT count(*) AS n FROM enterprise.enterprise WHERE size = 'large'") == 1)
        }
    }

    @Test("what is derived, mistyped, unknown or not the caller's is refused by the field's name")
    func refusals() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let row = try Row(1)
            _ = try await stage.load(Row.file([row]))
            let id = try await stage.enterprise(row).enterpriseID
            for bad in [
                try record("size", .text("large"), "2019-01-01"), try record("employees", .money(.zero), "2019-01-01"),
                try record("no.such", .integer(1), "2019-01-01"),
                try record("employees", .integer(1), "2019-01-01", source: ""),
                try record("employees", .integer(1), "2019-02-01", "2019-01-01"),
            ] {
                #expect(try await code { try await store(stage, id, [bad]) } == .invalidArgument)
            }
            #expect(try await code { try await store(stage, id, []) } == .invalidArgument)
            let hidden = try record("credit.rating", .text("A\0"), "2019-01-01", source: "office\0")
            #expect(try await code { try await store(stage, id, [hidden]) } == .invalidArgument)
            let good = try record("employees", .integer(1), "2019-01-01")
            #expect(try await code { try await store(stage, newID(), [good]) } == .notFound)
            #expect(try await code { try await store(stage, "x' OR 1=1", [good]) } == .invalidArgument)
        }
    }

    @Test("lists: the first use makes one maintained; joining and leaving are kept with their reasons")
    func lists() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let rows = [try Row(1), try Row(2)]
            _ = try await stage.load(Row.file(rows))
            let id = try await stage.enterprise(rows[0]).enterpriseID
            func set(_ member: Bool, _ ids: [String], list: String = "double-50") async throws -> Int64 {
                try await stage.library.setListMembership(
                    .with {
                        $0.requestID = newID()
                        $0.list = list
                        $0.enterpriseIds = ids
                        $0.member = member
                        $0.reason = "批文 1 号"
                    }, metadata: try await stage.steward, options: stage.options
                ).changed
            }
            #expect(try await set(true, [id]) == 1)
            #expect(try await set(true, [id]) == 0)
            let member = try await stage.enterprise(rows[0])
            #expect(member.lists == ["double-50"])
            #expect(member.tags.contains { $0.tag.code == "double-50" && $0.origin == .given })
            #expect(member.version == 2)
            #expect(try await set(false, [id]) == 1)
            #expect(try await set(false, [id]) == 0)
            #expect(try await stage.enterprise(rows[0]).lists.isEmpty)
            #expect(try await set(true, [id]) == 1)
            #expect(try await stage.query("SELECT count(*) AS n FROM enterprise.list_membership") == 2)
            #expect(try await code { try await set(true, [id], list: "Double 50") } == .invalidArgument)
            #expect(try await code { try await set(true, [newID()]) } == .notFound)
            #expect(try await code { try await set(true, []) } == .invalidArgument)
        }
    }

    @Test("an enterprise chooses its own tags, in three dimensions only")
    func tags() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let rows = [try Row(1), try Row(2)]
            _ = try await stage.load(Row.file(rows))
            let own = try await stage.enterprise(rows[0]).enterpriseID
            let foreign = try await stage.enterprise(rows[1]).enterpriseID
            func choose(
                _ tags: [(Zhitongche_Common_V1_TagDimension, String)], for id: String
            ) async throws -> Zhitongche_Enterprise_V1_Enterprise {
                try await stage.library.chooseTags(
                    .with {
                        $0.requestID = newID()
                        $0.enterpriseID = id
                        $0.tags = tags.map { dimension, code in
                            .with { ($0.dimension, $0.code) = (dimension, code) }
                        }
                    }, metadata: try await stage.user("boss", enterprise: own), options: stage.options
                ).enterprise
            }
            let chosen = try await choose([(.stage, "growth"), (.interest, "award")], for: own)
            #expect(Set(chosen.tags.filter { $0.origin == .chosen }.map(\.tag.code)) == ["growth", "award"])
            let replaced = try await choose([(.policyType, "talent")], for: own)
            #expect(replaced.tags.filter { $0.origin == .chosen }.map(\.tag.code) == ["talent"])
            #expect(replaced.version == 3)
            #expect(try await choose([(.policyType, "talent")], for: own).version == 3)
            #expect(try await code { try await choose([(.nature, "private")], for: own) } == .invalidArgument)
            #expect(try await code { try await choose([(.interest, "nothing")], for: own) } == .invalidArgument)
            #expect(try await code { try await choose([], for: foreign) } == .permissionDenied)
        }
    }
}
