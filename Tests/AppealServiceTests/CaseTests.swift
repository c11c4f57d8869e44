import AppealContracts
import AppealDomain
import Foundation
import GRPCCore
import Messaging
import Postgres
import ServiceRuntime
import ServiceTestSupport
import SwiftProtobuf
import TestSupport
import Testing

@testable import AppealService

@Suite("Cases over the wire")
struct CaseServiceTests {
    @Test("APL-1, APL-2 a case goes its whole way; trail and events tell every step in order, once")
    func wholeWay() async throws {
        try await Stage.run { stage in
            var one = try await stage.submit()
            #expect(one.number == "SQ2020000001")
            #expect(one.state == .submitted && one.enterpriseID == Stage.enterprise)
            #expect(one.replyDueOn.month == 4 && one.replyDueOn.day == 23)
            one = try await stage.handled(one)
            let id = one.caseID
            one = try await stage.reply(one)
            #expect(one.state == .replied && one.onTime && one.reply == "已批复")
            one = try await stage.service.resolveCase(
                .with {
                    $0.requestID = UUIDv7.make()
                    $0.caseID = id
                    $0.version = one.version
                }, metadata: stage.metadata(.handler), options: stage.options
            ).case
            one = try await stage.service.rateCase(
                .with {
                    $0.requestID = UUIDv7.make()
                    $0.caseID = id
                    $0.version = one.version
                    $0.mark = 5
                    $0.words = "很快"
                }, metadata: stage.metadata(.user), options: stage.options
            ).case
            let request = Zhitongche_Appeal_V1_WriteOffCaseRequest.with {
                $0.requestID = UUIDv7.make()
                $0.caseID = id
                $0.version = one.version
            }
            let metadata = try await stage.metadata(.dispatcher)
            let first = try await stage.service.writeOffCase(request, metadata: metadata, options: stage.options)
            // The repetition has no second effect and the same answer (XCT-13).
            let second = try await stage.service.writeOffCase(request, metadata: metadata, options: stage.options)
            #expect(first == second && first.case.state == .writtenOff && first.case.rating == 5)
            let wanted = [
                "CaseSubmitted", "CaseAccepted", "CaseAssigned", "CaseTakenUp", "CaseReplied", "CaseResolved",
                "CaseRated", "CaseWrittenOff",
            ]
            try await eventually {
                try await stage.types(id)
            } is: {
                $0 == wanted
            }
            let events = try await stage.events(id)
            #expect(events.map(\.seq) == Array(1...8))
            let rated = try Zhitongche_Appeal_V1_CaseRated(serializedBytes: events[6].payload)
            #expect(rated.mark == 5 && rated.case.unitID == "finance" && rated.case.onTime)
            #expect(rated.case.enterpriseID == Stage.enterprise && rated.case.submittedByAccountID == "user")
            let trail = try await stage.service.listTrail(
                .with { $0.caseID = id }, metadata: stage.metadata(.chief), options: stage.options
            ).steps
            #expect(
                trail.map(\.kind) == [
                    .submitted, .accepted, .assigned, .takenUp, .replied, .resolved, .rated, .writtenOff,
                ])
            #expect(trail[3].accountID == "handler" && trail[3].unitID == "finance" && trail[2].toUnitID == "finance")
            let seen = try await stage.service.listTrail(
                .with { $0.caseID = id }, metadata: stage.metadata(.user), options: stage.options
            ).steps
            #expect(seen.allSatisfy { $0.accountID.isEmpty })
        }
    }

    @Test("APL-2 three returns bring the case to the office, whose assignment cannot be returned; races are ABORTED")
    func returns() async throws {
        try await Stage.run { stage in
            var one = try await stage.accept(stage.submit(.enquiry))
            for number in 1...3 {
                one = try await stage.assign(one, to: "finance")
                let request = Zhitongche_Appeal_V1_ReturnCaseRequest.on(one) { $0.reason = "非本单位职责" }
                // Another unit may not return it.
                let science = try await stage.metadata(.science)
                #expect(
                    try await code {
                        try await stage.service.returnCase(request, metadata: science, options: stage.options)
                    } == .notFound)
                one = try await stage.service.returnCase(
                    request, metadata: stage.metadata(.handler), options: stage.options
                ).case
                #expect(one.returns == number && one.desk == (number < 3 ? .dispatcher : .office))
            }
            let waiting = one
            #expect(try await code { try await stage.assign(waiting, to: "science") } == .permissionDenied)
            one = try await stage.assign(waiting, to: "science", by: .chief)
            let assigned = one
            #expect(try await code { try await stage.assign(waiting, to: "science", by: .chief) } == .aborted)
            let science = try await stage.metadata(.science)
            #expect(
                try await code {
                    try await stage.service.returnCase(
                        .on(assigned) { $0.reason = "非本单位职责" }, metadata: science, options: stage.options)
                } == .failedPrecondition)
        }
    }

    @Test("XCT-12 bad fields are named, all at once; what is not there is NOT_FOUND")
    func fields() async throws {
        try await Stage.run { stage in
            #expect(try await code { try await stage.submit(.unspecified) } == .invalidArgument)
            #expect(try await code { try await stage.submit { $0.category = "nonsense" } } == .invalidArgument)
            #expect(try await code { try await stage.submit { $0.namedUnitID = "nobody" } } == .invalidArgument)
            #expect(try await code { try await stage.submit(.problem, by: .user) } == .invalidArgument)
            #expect(try await code { try await stage.submit(.problem, by: .handler) } == .permissionDenied)
            #expect(try await code { try await stage.get(UUIDv7.make(), as: .chief) } == .notFound)
            #expect(try await code { try await stage.get("nonsense", as: .chief) } == .invalidArgument)
            let problem = try await stage.submit(.problem, by: .town) {
                $0.regionCode = "370902"
                $0.projectID = "0190a000-0000-7000-8000-0000000000aa"
            }
            #expect(problem.number == "WT2020000001" && problem.applicantUnitID == "town")
            try await eventually {
                try await stage.bench.published(
                    Zhitongche_Appeal_V1_CaseSubmitted.self, on: AppealApp.caseEvents
                ).map(\.case.projectID)
            } is: {
                $0 == ["0190a000-0000-7000-8000-0000000000aa"]
            }
        }
    }

    @Test("XCT-10 enterprises see their own cases, units those on their chain, dispatchers their region")
    func sight() async throws {
        try await Stage.run { stage in
            let one = try await stage.handled(stage.submit())
            for who in [Stage.Person.user, .handler, .dispatcher, .chief] {
                #expect(try await stage.get(one.caseID, as: who).caseID == one.caseID)
                #expect(try await stage.list(as: who) == [one.caseID])
            }
            for who in [Stage.Person.otherUser, .science, .stranger, .town] {
                #expect(try await code { try await stage.get(one.caseID, as: who) } == .notFound)
                #expect(try await stage.list(as: who).isEmpty)
            }
            // Whoever had it goes on seeing it.
            _ = try await stage.service.transferCase(
                .on(one) {
                    $0.unitID = "science"
                    $0.reason = "职责"
                }, metadata: stage.metadata(.handler), options: stage.options)
            #expect(try await stage.list(as: .handler) == [one.caseID])
            #expect(try await stage.list(as: .science) == [one.caseID])
        }
    }

    @Test("XCT-10 a unit lists what it has, had and reported, once each, however many places the list goes through")
    func chains() async throws {
        try await Stage.run { stage in
            let problem = try await stage.accept(
                stage.submit(.problem, by: .town) { $0.regionCode = "370902" })
            func transfer(
                _ one: Zhitongche_Appeal_V1_Case, to unit: String, by who: Stage.Person
            ) async throws -> Zhitongche_Appeal_V1_Case {
                try await stage.service.transferCase(
                    .on(one) {
                        $0.unitID = unit
                        $0.reason = "职责"
                    }, metadata: stage.metadata(who), options: stage.options
                ).case
            }
            let back = try await transfer(
                transfer(stage.assign(problem, to: "finance"), to: "science", by: .handler), to: "finance", by: .science
            )
            let other = try await stage.handled(stage.submit())
            let gone = try await transfer(stage.handled(stage.submit()), to: "science", by: .handler)
            func found(_ units: [String], _ state: CaseStateName? = nil, after: Int = 0) async throws -> [String] {
                try await stage.bench.administration.transaction { tx in
                    let reach = CaseReach.staff(
                        cases: CaseReach.Part(regions: [], units: units),
                        complaints: CaseReach.Part(regions: [], units: units), barred: [])
                    var page = CasePage(
                        kind: nil, state: state, unit: nil, project: nil, onlyOverdue: false, after: nil, limit: 10)
                    if after > 0 {
                        let last = try CaseRepository().list(page, reach: reach, in: tx)[after - 1].one
                        page = CasePage(
                            kind: nil, state: state, unit: nil, project: nil, onlyOverdue: false,
                            after: (last.submission.at.instant, last.id), limit: 10)
                    }
                    return try CaseRepository().list(page, reach: reach, in: tx).map(\.one.id.description)
                }
            }
            let crowd = (1...70).map { "nobody-\($0)" }
            for others in [[], crowd] {
                #expect(
                    try await found(["finance"] + others) == [gone.caseID, other.caseID, back.caseID])
                #expect(try await found(["finance"] + others, after: 1) == [other.caseID, back.caseID])
                #expect(try await found(["finance"] + others, .inHandling) == [other.caseID])
                #expect(try await found(["science"] + others) == [gone.caseID, back.caseID])
                #expect(try await found(["town"] + others) == [back.caseID])
                #expect(try await found(["town", "science", "finance"] + others).count == 3)
            }
        }
    }

    @Test("Lists are paged by key")
    func paging() async throws {
        try await Stage.run { stage in
            var wanted: [String] = []
            for _ in 0..<5 { wanted.insert(try await stage.submit().caseID, at: 0) }
            var found: [String] = []
            var token = ""
            repeat {
                let page = token
                let answer = try await stage.service.listCases(
                    .with {
                        $0.pageSize = 2
                        $0.pageToken = page
                    }, metadata: stage.metadata(.user), options: stage.options)
                found += answer.cases.map(\.caseID)
                token = answer.nextPageToken
            } while !token.isEmpty
            #expect(found == wanted)
        }
    }
}

@Suite("APL-1 complaints never reach the unit complained about")
struct ComplaintTests {
    @Test("APL-1 no call, list, order, figure or event tells the unit, those below it or their widest roles")
    func hidden() async throws {
        try await Stage.run { stage in
            var one = try await stage.submit(.complaint) { $0.anonymous = true }
            let id = one.caseID
            #expect(one.number == "TS2020000001")
            one = try await stage.accept(one)
            let accepted = one
            for unit in ["rude", "rude-section"] {
                #expect(try await code { try await stage.assign(accepted, to: unit) } == .failedPrecondition)
            }
            one = try await stage.assign(one, to: "finance")
            one = try await stage.service.takeUpCase(
                .with {
                    $0.requestID = UUIDv7.make()
                    $0.caseID = id
                    $0.version = one.version
                }, metadata: stage.metadata(.handler), options: stage.options
            ).case
            // Those who handle it do not see who complains; those who dispatch do.
            #expect(one.enterpriseID.isEmpty)
            #expect(try await stage.get(id, as: .chief).enterpriseID == Stage.enterprise)
            let issued = try await stage.service.issueSupervision(
                .with {
                    $0.requestID = UUIDv7.make()
                    $0.caseID = id
                    $0.version = one.version
                    $0.ground = .grave
                    $0.demand = "限期答复"
                    $0.days = 2
                }, metadata: stage.metadata(.chief), options: stage.options
            ).supervision
            let listed = try await stage.service.putOnSupervisionList(
                .with {
                    $0.requestID = UUIDv7.make()
                    $0.supervisionID = issued.supervisionID
                    $0.version = issued.version
                    $0.days = 3
                    $0.reason = "影响恶劣"
                }, metadata: stage.metadata(.chief), options: stage.options
            ).supervision
            #expect(listed.level == .listed)
            _ = try await stage.reply(one)
            let current = try await stage.get(id, as: .handler)
            for who in [Stage.Person.rude, .rudeSection, .rudeWithAll] {
                let metadata = try await stage.metadata(who)
                let options = stage.options
                #expect(try await code { try await stage.get(id, as: who) } == .notFound)
                #expect(try await stage.list(as: who).isEmpty)
                #expect(
                    try await code {
                        try await stage.service.listTrail(
                            .with { $0.caseID = id }, metadata: metadata, options: options)
                    } == .notFound)
                #expect(
                    try await code {
                        try await stage.service.explainDeadlines(
                            .with { $0.caseID = id }, metadata: metadata, options: options)
                    } == .notFound)
                #expect(
                    try await code {
                        try await stage.service.addComment(
                            .with {
                                $0.requestID = UUIDv7.make()
                                $0.caseID = id
                                $0.version = current.version
                                $0.text = "不实"
                            }, metadata: metadata, options: options)
                    } == .notFound)
                #expect(
                    try await code {
                        try await stage.service.answerSupervision(
                            .with {
                                $0.requestID = UUIDv7.make()
                                $0.supervisionID = listed.supervisionID
                                $0.version = listed.version
                                $0.answer = "不实"
                            }, metadata: metadata, options: options)
                    } == .notFound)
                let orders = try await stage.service.listSupervisions(.init(), metadata: metadata, options: options)
                #expect(orders.supervisions.isEmpty)
            }
            // Figures that are seen widely leave complaints out.
            let figures = try await stage.service.getUnitRatings(
                .with { $0.unitID = "finance" }, metadata: stage.metadata(.rudeWithAll), options: stage.options)
            #expect(figures.replied == 0)
            try await eventually {
                try await stage.types(id, on: AppealApp.complaintEvents).count
            } is: {
                $0 == 7
            }
            #expect(try await stage.events(id).isEmpty)
            // Other kinds' numbers have no gap that would tell of it.
            #expect(try await stage.submit().number == "SQ2020000001")
        }
    }
}
