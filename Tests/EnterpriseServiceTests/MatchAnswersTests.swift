import CommonContracts
import Domain
import EnterpriseContracts
import EnterpriseDomain
import GRPCCore
import PolicyContracts
import Postgres
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing
import Wire

@testable import EnterpriseService

@Suite("What matching answers (ENT-12, POL-8a)")
struct MatchAnswersTests {
    @Test("ENT-12: points for one enterprise are sorted and explained, with sources, estimate and nearest change")
    func explanation() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let rows = try MatchingSample.rows()
            _ = try await stage.load(Row.file(rows))
            let own = try await stage.enterprise(rows[2]).enterpriseID
            let user = try await stage.user("boss", enterprise: own)
            let patents = Domain.Condition.attribute(Sample.key("patents"), .greater(.integer(0)))
            let points: [(String, Content)] = [
                ("never", .sample(.region(within: Sample.region("371302")))),
                ("nearly", .sample(MatchingSample.condition())),
                ("missing", .sample(patents)),
                ("small", .sample(MatchingSample.condition(99), benefit: .fixed(Money(fen: 1)))),
                ("great", .sample(MatchingSample.condition(99), benefit: .fixed(Money(fen: 2)))),
            ]
            for (id, content) in points { try await stage.publish(id, content) }
            let matches = try await eventually {
                try await stage.library.listMatches(.init(), metadata: user, options: stage.options).matches
            } is: {
                $0.count == points.count
            }
            #expect(matches.map(\.pointID) == ["great", "small", "missing", "nearly", "never"])
            #expect(
                matches.map(\.standing) == [.entitled, .entitled, .informationMissing, .nearly, .notEntitled])
            #expect(matches.allSatisfy { !$0.hasExplanation && $0.inForce })
            var paged: [String] = []
            var token = ""
            repeat {
                let page = try await stage.library.listMatches(
                    .with { [token] in ($0.pageSize, $0.pageToken) = (2, token) }, metadata: user,
                    options: stage.options)
                paged += page.matches.map(\.pointID)
                token = page.nextPageToken
            } while !token.isEmpty
            #expect(paged == matches.map(\.pointID))

            let match = try await stage.library.explainPoint(
                .with { $0.pointID = "nearly" }, metadata: user, options: stage.options
            ).match
            #expect(match.verdict == .notMet && match.inAudience && match.equalDimensions == 1)
            #expect(match.estimate.amount.fen == 10_000)
            #expect(match.nearestChange.map(\.zh) == ["从业人员：再增加 1 人，达到 100 人"])
            let leaf = match.explanation.parts[0].leaf
            #expect(match.explanation.parts[0].decisive && !match.explanation.parts[1].decisive)
            #expect(leaf.subject == "employees")
            #expect(leaf.source == "legal-person-database")
            #expect(leaf.asOf == Sample.day("2019-12-31").wire)

            try await stage.bench.publish(
                Zhitongche_Policy_V1_PointExpired.with {
                    $0.pointID = "nearly"
                    $0.revision = 1
                }, topic: pointTopic, key: "nearly", seq: 2)
            // An expired point is shown as such, not hidden (ENT-12a).
            try await eventually {
                try await stage.library.explainPoint(
                    .with { $0.pointID = "nearly" }, metadata: user, options: stage.options
                ).match.inForce
            } is: {
                !$0
            }
            let foreign = try await code {
                try await stage.library.listMatches(
                    .with { $0.enterpriseID = newID() }, metadata: user, options: stage.options)
            }
            #expect(foreign == .notFound)
            let other = try await stage.enterprise(rows[0]).enterpriseID
            let denied = try await code {
                try await stage.library.explainPoint(
                    .with { ($0.pointID, $0.enterpriseID) = ("great", other) }, metadata: user, options: stage.options)
            }
            #expect(denied == .permissionDenied)
        }
    }

    @Test("POL-8a: a dry run counts met, near misses per condition, cost; and writes nothing")
    func preview() async throws {
        try await ServiceBench.enterprise().stage { stage in
            _ = try await stage.load(Row.file(try MatchingSample.rows()))
            func preview(
                _ change: (inout Zhitongche_Enterprise_V1_PreviewAudienceRequest) -> Void = { _ in }
            ) async throws -> Zhitongche_Enterprise_V1_PreviewAudienceResponse {
                let content = Content.sample(MatchingSample.condition())
                var request = Zhitongche_Enterprise_V1_PreviewAudienceRequest.with {
                    $0.tags = content.tags
                    $0.condition = content.condition
                    $0.benefit = content.benefit
                    $0.audience = content.audience
                }
                change(&request)
                return try await stage.library.previewAudience(
                    request, metadata: try await stage.handler, options: stage.options)
            }
            let answer = try await preview()
            #expect(answer.figures.counts.met == 3)
            #expect(answer.figures.estimatedTotal.fen == 30_000)
            #expect(answer.nearMisses.map(\.count) == [1, 0])
            #expect(answer.nearMisses[0].leaf.zh.contains("从业人员"))
            #expect(try await stage.query("SELECT count(*) AS n FROM enterprise.audience") == 0)
            #expect(try await preview { $0.audience.exact = true }.figures.counts.total == 3)
            #expect(try await preview { $0.audience.minimumEqualDimensions = 2 }.figures.counts.total == 0)
            #expect(try await preview { $0.clearCondition() }.figures.counts.met == 5)
            #expect(try await code { try await preview { $0.clearAudience() } } == .invalidArgument)
            #expect(try await code { try await preview { $0.tags[0].code = "nothing" } } == .invalidArgument)
            #expect(
                try await code { try await preview { $0.condition.all.parts[0].comparison.attribute = "no.such" } }
                    == .invalidArgument)
        }
    }
}
