import CommonContracts
import Foundation
import GRPCCore
import PolicyContracts
import Postgres
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import PolicyService

@Suite("Policy: documents and life cycle", .serialized)
struct LifeCycleTests {
    @Test("POL-1 a document is entered once per owner, with relations to known documents, and announced")
    func documents() async throws {
        let bench = try await ServiceBench.policy()
        try await bench.library { library in
            let first = try await library.enter("泰发〔2020〕6号")
            #expect(first.version == 1)
            let again = try await problem { try await library.enter("泰发〔2020〕6号") }
            #expect(again?.code == .alreadyExists)
            // Another unit may use the same number; the owner is the first unit of the list.
            _ = try await library.enter("泰发〔2020〕6号", unit: "science", by: .other)
            let related = try await library.enter("〔2020〕1号") {
                $0.relations = [.with { ($0.kind, $0.documentID) = (.implements, first.documentID) }]
                $0.valid.start = .with { ($0.year, $0.month, $0.day) = (2020, 4, 17) }
            }
            let unknown = try await problem {
                try await library.enter("〔2020〕2号") {
                    $0.relations = [.with { ($0.kind, $0.documentID) = (.amends, newID()) }]
                }
            }
            #expect(unknown?.violations.map(\.field) == ["document.relations[0].document_id"])
            let faults = try await problem {
                try await library.enter("") {
                    $0.level = .unspecified
                    $0.clearIssuedOn()
                    $0.issuingUnitIds = ["finance", "No Unit"]
                }
            }
            #expect(
                Set(faults?.violations.map(\.field) ?? []) == [
                    "document.number", "document.level", "document.issued_on", "document.issuing_unit_ids[1]",
                ])
            let outside = try await problem { try await library.enter(unit: "science", by: .handler) }
            #expect(outside?.code == .permissionDenied && outside?.reason == .scopeDenied)

            let metadata = try await library.metadata(.enterprise)
            let read = try await library.policy.getDocument(
                .with { $0.documentID = related.documentID }, metadata: metadata, options: library.options)
            #expect(read.document == related)
            var seen: [String] = []
            var token = ""
            repeat {
                let page = try await library.policy.listDocuments(
                    .with {
                        $0.pageSize = 2
                        $0.pageToken = token
                    }, metadata: metadata, options: library.options)
                seen += page.documents.map(\.documentID)
                token = page.nextPageToken
            } while !token.isEmpty
            #expect(seen.count == 3 && Set(seen).count == 3)

            let topic = PolicyApp.documentEvents
            let events = try await eventually(within: .seconds(60)) {
                try await bench.published(Zhitongche_Policy_V1_DocumentEntered.self, on: topic)
            } is: {
                $0.count == 3
            }
            #expect(Set(events.map(\.documentID)) == Set(seen))
        }
    }

    @Test("POL-6 draft, return with reason, second person, publication, and events on both topics")
    func publication() async throws {
        let bench = try await ServiceBench.policy()
        try await bench.library { library in
            let document = try await library.enter()
            var point = try await library.draft(of: document.documentID, by: .both)
            #expect(point.state == .draft && point.version == 1 && point.revision == 1 && point.draftedBy == "both")
            point = try await library.edit(point, .sample(title: "新三板挂牌一次性奖励"), by: .other)
            point = try await library.submit(point)
            let inReview = try await problem { try await library.edit(point, .sample()) }
            #expect(inReview?.code == .failedPrecondition && inReview?.reason == .illegalState)
            let far = try await problem { try await library.sendBack(point, reason: "补充依据", by: .farReviewer) }
            #expect(far?.code == .permissionDenied && far?.reason == .scopeDenied)
            let silent = try await problem { try await library.sendBack(point, reason: " ") }
            #expect(silent?.violations.map(\.field) == ["reason"])
            point = try await library.sendBack(point, reason: "补充依据")
            #expect(point.state == .draft && point.reason == "补充依据")
            point = try await library.submit(point)
            #expect(point.state == .inReview && point.reason.isEmpty)

            let same = try await problem { try await library.publish(point, by: .both) }
            #expect(same?.code == .permissionDenied && same?.reason == .samePerson)
            let elsewhere = try await problem { try await library.publish(point, by: .farPublisher) }
            #expect(elsewhere?.reason == .scopeDenied)
            let reviewer = try await problem { try await library.publish(point, by: .reviewer) }
            #expect(reviewer?.reason == .actionDenied)
            point = try await library.publish(point)
            #expect(point.state == .published && point.publishedBy == "publisher" && point.hasPublishedAt)
            #expect(point.version == 6)

            let facts = try await eventually(within: .seconds(60)) {
                try await bench.published(Zhitongche_Policy_V1_PointPublished.self, on: PolicyApp.pointEvents)
            } is: {
                $0.count == 1
            }
            #expect(facts[0].content == point.content && facts[0].documentIssuedOn == document.issuedOn)
            let states = try await eventually(within: .seconds(60)) {
                try await bench.published(PolicyApp.pointState)
            } is: {
                $0.count == 1
            }
            // Edits are no events, so the sequence that readers see begins at 1 and has no gaps.
            #expect(states[0].seq == 1 && states[0].key == point.pointID)
            let state = try Zhitongche_Policy_V1_PointInForce(serializedBytes: states[0].payload)
            #expect(state.state == .published && state.content == point.content)
        }
    }

    @Test("POL-6 a revision leaves the published version in force until it takes its place; withdrawal ends it")
    func revision() async throws {
        let bench = try await ServiceBench.policy()
        try await bench.library { library in
            let first = try await library.published()
            var draft = try await library.revise(first)
            #expect(draft.state == .draft && draft.revision == 2 && draft.content == first.content)
            let twice = try await problem { try await library.revise(draft) }
            #expect(twice?.code == .failedPrecondition)
            draft = try await library.edit(
                draft,
                .sample {
                    $0.title = "新三板挂牌奖励（修订）"
                    $0.workingDays = 5
                    $0.condition = .with {
                        $0.all.parts = [.listed("neeq-companies"), .listed("technology-sme")]
                    }
                })
            #expect(try await library.get(first.pointID, as: .enterprise).content == first.content)
            #expect(try await library.get(first.pointID, revision: 2).content == draft.content)
            let hidden = try await problem { try await library.get(first.pointID, revision: 2, as: .enterprise) }
            #expect(hidden?.code == .notFound)
            #expect(try await library.search("修订").hits.isEmpty)

            let second = try await library.publish(try await library.submit(draft))
            #expect(second.revision == 2)
            #expect(try await library.get(first.pointID, as: .enterprise).revision == 2)
            #expect(try await library.get(first.pointID, revision: 1).state == .superseded)
            #expect(try await library.search("修订").hits.map(\.point.revision) == [2])

            let versions = try await library.policy.listPointVersions(
                .with { $0.pointID = first.pointID }, metadata: try await library.metadata(.handler),
                options: library.options
            ).versions
            #expect(versions.map(\.point.revision) == [2, 1])
            #expect(versions.map(\.changedFields) == [["title", "condition", "working_days"], []])

            // A newer draft survives the withdrawal of what is in force.
            let third = try await library.revise(second)
            let withdrawn = try await library.withdraw(third)
            #expect(withdrawn.state == .withdrawn && withdrawn.reason == "上级政策调整" && withdrawn.revision == 2)
            let gone = try await problem { try await library.get(first.pointID, as: .enterprise) }
            #expect(gone?.code == .notFound)
            #expect(try await library.search("挂牌").hits.isEmpty)
            #expect(try await library.get(first.pointID).state == .draft)

            let types = try await eventually(within: .seconds(60)) {
                try await bench.published(PolicyApp.pointEvents).map {
                    "\($0.seq) \($0.type.split(separator: ".").last!)"
                }
            } is: {
                $0.count == 3
            }
            #expect(types == ["1 PointPublished", "2 PointPublished", "3 PointWithdrawn"])
            let states = try await eventually(within: .seconds(60)) {
                try await bench.published(Zhitongche_Policy_V1_PointInForce.self, on: PolicyApp.pointState)
            } is: {
                $0.last?.state == .withdrawn
            }
            #expect(states.last?.revision == 2)
        }
    }

    @Test("XCT-13 a lost race is ABORTED with the current version; a repeated request has no second effect")
    func races() async throws {
        let bench = try await ServiceBench.policy()
        try await bench.library { library in
            let document = try await library.enter()
            let request = newID()
            let point = try await library.draft(of: document.documentID, request: request)
            #expect(try await library.draft(of: document.documentID, request: request) == point)
            let reused = try await problem {
                try await library.draft(.sample(title: "另一条"), of: document.documentID, request: request)
            }
            #expect(reused?.reason == .requestIDReused)
            let drafts = try await library.list { $0.state = .draft }
            #expect(drafts.points.map(\.pointID) == [point.pointID])

            // Eight people edit the version that they read; one of them wins.
            let outcomes = try await withThrowingTaskGroup(of: Problem?.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        try await problem { try await library.edit(point, .sample(title: "第\(number)稿")) }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.filter { $0 == nil }.count == 1)
            for lost in outcomes.compactMap({ $0 }) {
                #expect(lost.code == .aborted && lost.metadata["current_version"] == "2")
            }
        }
    }

    @Test("XCT-12 bad fields are named with their paths")
    func fields() async throws {
        let bench = try await ServiceBench.policy()
        try await bench.library { library in
            let document = try await library.enter()
            func faults(_ change: (inout Content) -> Void) async throws -> [String] {
                try await problem {
                    try await library.draft(.sample(change: change), of: document.documentID)
                }?.violations.map(\.field) ?? []
            }
            #expect(
                try await faults {
                    $0.condition.all.parts = [
                        .listed("double-50"), .listed("high-tech"), .listed("no-such-list"),
                    ]
                } == ["content.condition.all[2]"])
            #expect(
                try await faults {
                    $0.condition.all.parts = [.with { $0.comparison = .with { $0.attribute = "revenue" } }]
                } == ["content.condition.all[0].comparison.operator"])
            #expect(
                try await faults {
                    $0.tags = [
                        .with { ($0.dimension, $0.code) = (.policyType, "award") },
                        .with { ($0.dimension, $0.code) = (.industry, "no-such-industry") },
                    ]
                    $0.clearAudience()
                    $0.mode = .unspecified
                } == ["content.mode", "content.tags[1].code", "content.audience"])
            #expect(try await faults { $0.benefit.fixed.fen = -1 } == ["content.benefit.fixed"])
            #expect(
                try await faults {
                    $0.title = ""
                    $0.workingDays = 400
                } == ["content.title", "content.working_days"])
            // An event carries the content whole.
            #expect(
                try await faults {
                    $0.materials = Array(repeating: String(repeating: "材", count: 256), count: 32)
                    $0.steps = Array(repeating: String(repeating: "步", count: 256), count: 32)
                    $0.clause = String(repeating: "款", count: 4_000)
                } == ["content"])
            let nowhere = try await problem { try await library.draft(of: newID()) }
            #expect(nowhere?.violations.map(\.field) == ["document_id"])
            let malformed = try await problem { try await library.get("x") }
            #expect(malformed?.violations.map(\.field) == ["point_id"])
            let foreign = try await problem {
                try await library.draft(.sample { $0.responsibleUnitID = "science" }, of: document.documentID)
            }
            #expect(foreign?.reason == .scopeDenied)
            let powerless = try await problem { try await library.draft(of: document.documentID, by: .nobody) }
            #expect(powerless?.reason == .actionDenied)
        }
    }

    @Test("POL-2 enterprises see what is in force and nobody's account; staff see drafts within their scope")
    func visibility() async throws {
        let bench = try await ServiceBench.policy()
        try await bench.library { library in
            let document = try await library.enter(unit: "office", by: .other)
            let mine = try await library.draft(of: document.documentID)
            let theirs = try await library.draft(
                .sample { $0.responsibleUnitID = "science" }, of: document.documentID, by: .other)
            let shown = try await library.published(.sample(title: "在办事项公开"))
            #expect(try await library.get(shown.pointID, as: .enterprise).draftedBy.isEmpty)
            #expect(try await library.get(shown.pointID, as: .handler).draftedBy == "handler")
            #expect(try await library.list(as: .enterprise).points.map(\.pointID) == [shown.pointID])
            let denied = try await problem { try await library.list(as: .enterprise) { $0.state = .draft } }
            #expect(denied?.code == .permissionDenied)
            let all = try await library.list(as: .handler) { $0.state = .draft }
            #expect(Set(all.points.map(\.pointID)) == [mine.pointID, theirs.pointID])
            let own = try await library.list(as: .reviewer) { $0.state = .draft }
            #expect(own.points.map(\.pointID) == [mine.pointID])
            let hidden = try await problem { try await library.get(theirs.pointID, as: .reviewer) }
            #expect(hidden?.code == .notFound)
            let versions = try await problem {
                try await library.policy.listPointVersions(
                    .with { $0.pointID = theirs.pointID }, metadata: try await library.metadata(.reviewer),
                    options: library.options)
            }
            #expect(versions?.reason == .scopeDenied)
            let tagged = try await library.list {
                $0.state = .draft
                $0.tags = [.with { ($0.dimension, $0.code) = (.policyType, "award") }]
                $0.responsibleUnitID = "science"
                $0.pageSize = 1
            }
            #expect(tagged.points.map(\.pointID) == [theirs.pointID] && tagged.nextPageToken.isEmpty)
        }
    }

    @Test("POL-3 the vocabulary is listed page by page, with names")
    func tags() async throws {
        let bench = try await ServiceBench.policy()
        try await bench.library { library in
            let metadata = try await library.metadata(.enterprise)
            var seen: [Zhitongche_Policy_V1_NamedTag] = []
            var token = ""
            repeat {
                let page = try await library.policy.listTags(
                    .with {
                        $0.pageSize = 50
                        $0.pageToken = token
                    }, metadata: metadata, options: library.options)
                seen += page.tags
                token = page.nextPageToken
            } while !token.isEmpty
            #expect(Set(seen.map(\.tag)).count == seen.count && seen.count > 150)
            #expect(seen.contains { $0.tag.code == "C" && $0.name.zh == "制造业" })
            let sizes = try await library.policy.listTags(
                .with { $0.dimension = .size }, metadata: metadata, options: library.options)
            #expect(sizes.tags.map(\.tag.code) == ["large", "medium", "micro", "small"])
            let other = try await problem {
                try await library.policy.listTags(
                    .with {
                        $0.dimension = .size
                        $0.pageToken = PageToken.encode(filterHash: [1, 2, 3, 4, 5, 6, 7, 8], key: ["-5"])
                    }, metadata: metadata, options: library.options)
            }
            #expect(other?.violations.map(\.field) == ["page_token"])
        }
    }
}
