import AssessmentContracts
import CommonContracts
import Foundation
import GRPCCore
import Messaging
import Postgres
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import AssessmentService

@Suite("Assessment: tiers, indicators, targets", .serialized)
struct TargetTests {
    @Test("ASM-1 ASM-2 a unit is in several tiers; indicators keep what others lean on")
    func setUp() async throws {
        let bench = try await ServiceBench.assessment()
        try await bench.office { office in
            let assessor = try await office.metadata(.assessor)
            #expect(try await office.counties(["taishan", "daiyue", "xintai"]) == 3)
            #expect(try await office.counties(["taishan"]) == 3)
            _ = try await office.calls.changeTier(
                .with {
                    $0.requestID = newID()
                    $0.tier = .promotionOffice
                    $0.addedUnitIds = ["taishan"]
                }, metadata: assessor, options: office.options)
            let removed = try await office.calls.changeTier(
                .with {
                    $0.requestID = newID()
                    $0.tier = .county
                    $0.removedUnitIds = ["xintai"]
                }, metadata: assessor, options: office.options)
            #expect(removed.size == 2)
            var seen: [String] = []
            var token = ""
            repeat {
                let page = try await office.calls.listTierUnits(
                    .with { ($0.tier, $0.pageSize, $0.pageToken) = (.county, 1, token) },
                    metadata: try await office.metadata(.nobody), options: office.options)
                seen += page.unitIds
                token = page.nextPageToken
            } while !token.isEmpty
            #expect(seen == ["daiyue", "taishan"])

            let funds = try await office.define("funds")
            #expect(funds.version == 1)
            #expect(try await problem { try await office.define("funds") }?.code == .alreadyExists)
            let renamed = try await office.define("funds") { ($0.name, $0.version) = ("到位资金（内资）", 1) }
            #expect(renamed.version == 2 && renamed.name == "到位资金（内资）")
            let stale = try await problem { try await office.define("funds") { $0.version = 1 } }
            #expect(stale?.code == .aborted && stale?.metadata["current_version"] == "2")
            let changed = try await problem { try await office.define("funds") { ($0.version, $0.decimals) = (2, 3) } }
            #expect(changed?.violations.map(\.field) == ["indicator.decimals"])
            let faulty = try await problem {
                try await office.define("Funds 1") {
                    ($0.direction, $0.source, $0.decimals) = (.unspecified, .events, 9)
                }
            }
            #expect(
                Set(faulty?.violations.map(\.field) ?? []) == [
                    "indicator.indicator_id", "indicator.direction", "indicator.derivation",
                ])
        }
    }

    @Test("ASM-3 a printed table with a mismatch goes into force only acknowledged, by three posts, with its history")
    func printed() async throws {
        let bench = try await ServiceBench.assessment()
        try await bench.office { office in
            _ = try await office.define("service-trade")
            let rows: [(String, Zhitongche_Common_V1_Decimal)] = [
                ("taishan", .of(1001, 2)), ("daiyue", .of(165, 2)), ("xintai", .of(253, 2)), ("feicheng", .of(1166, 2)),
                ("ningyang", .of(17, 2)), ("dongping", .of(20, 2)), ("hi-tech-zone", .of(891, 2)),
                ("mount-tai", .of(1, 2)),
            ]
            let request = newID()
            let targets = try await office.draft("service-trade", .set(.of(3516, 2), rows), request: request)
            #expect(targets.mismatches.count == 1 && targets.mismatches[0].kind == .sum)
            #expect(targets.mismatches[0].stated == .of(3516, 2) && targets.mismatches[0].found == .of(3514, 2))
            // The same request gives the same answer; the same targets by another one are refused.
            #expect(try await office.draft("service-trade", .set(.of(3516, 2), rows), request: request) == targets)
            let again = try await problem { try await office.draft("service-trade", .set(.of(3516, 2), rows)) }
            #expect(again?.code == .alreadyExists)
            let refused = try await problem { try await office.approve(targets) }
            #expect(refused?.code == .failedPrecondition)
            let outside = try await problem {
                try await office.draft("service-trade", .set(.of(1), rows), by: .far, year: 2021)
            }
            #expect(outside?.reason == .scopeDenied)

            let acknowledged = try await office.calls.acknowledgeMismatches(
                .with {
                    ($0.requestID, $0.targetsID, $0.version) = (newID(), targets.targetsID, targets.version)
                    $0.reason = "原件如此"
                }, metadata: try await office.metadata(.drafter), options: office.options
            ).targets
            #expect(acknowledged.mismatches[0].acknowledged)
            let approved = try await office.approve(acknowledged)
            #expect(approved.state == .approved && approved.rows.count == 8)
            let history = try await office.calls.listTargetHistory(
                .with { ($0.targetsID, $0.pageSize) = (targets.targetsID, 3) },
                metadata: try await office.metadata(.nobody), options: office.options)
            #expect(history.steps.map(\.step) == ["approve", "review", "submit"])
            #expect(history.steps.map(\.accountID) == ["leader", "assessor", "drafter"])
            let older = try await office.calls.listTargetHistory(
                .with {
                    ($0.targetsID, $0.pageSize, $0.pageToken) = (targets.targetsID, 3, history.nextPageToken)
                }, metadata: try await office.metadata(.nobody), options: office.options)
            #expect(older.steps.map(\.step) == ["acknowledge", "draft"])
            #expect(older.steps[0].reason == "原件如此" && older.steps[1].changes.count == 8)

            let events = try await eventually(within: .seconds(60)) {
                try await bench.published(AssessmentApp.targetEvents)
            } is: {
                $0.count == 2
            }
            #expect(events.map(\.seq) == [1, 2])
            let fact = try Zhitongche_Assessment_V1_TargetsApproved(serializedBytes: events[0].payload)
            #expect(fact.mismatches == 1 && fact.rows == 8 && fact.parts == 1)
        }
    }

    @Test("ASM-3 a revision keeps the approved rows in force; a return has a reason; lost races are told")
    func revision() async throws {
        let bench = try await ServiceBench.assessment()
        try await bench.office { office in
            _ = try await office.define("funds", change: { $0.decimals = 0 })
            let first = try await office.approve(
                try await office.draft("funds", .weights(.of(10), [("a", 1), ("b", 1), ("c", 1)])))
            #expect(first.rows.map(\.target) == [.of(4), .of(3), .of(3)])
            let drafter = try await office.metadata(.drafter)
            let draft = try await office.calls.reviseTargets(
                .with {
                    ($0.requestID, $0.targetsID, $0.version) = (newID(), first.targetsID, first.version)
                    $0.reason = "年中调整"
                }, metadata: drafter, options: office.options
            ).targets
            #expect(draft.revision == 2 && draft.state == .draft && draft.reason == "年中调整")
            let lost = try await problem {
                try await office.calls.editTargets(
                    .with { ($0.requestID, $0.targetsID, $0.version) = (newID(), first.targetsID, first.version) },
                    metadata: drafter, options: office.options)
            }
            #expect(lost?.code == .invalidArgument || lost?.code == .aborted)
            let edited = try await office.calls.editTargets(
                .with {
                    ($0.requestID, $0.targetsID, $0.version) = (newID(), first.targetsID, draft.version)
                    $0.content = .weights(.of(11), [("a", 1), ("b", 1), ("d", 1)])
                }, metadata: drafter, options: office.options
            ).targets
            let submitted = try await office.calls.submitTargets(
                .with { ($0.requestID, $0.targetsID, $0.version) = (newID(), first.targetsID, edited.version) },
                metadata: drafter, options: office.options
            ).targets
            let byLeader = try await problem {
                try await office.calls.returnTargets(
                    .with {
                        ($0.requestID, $0.targetsID, $0.version) = (newID(), first.targetsID, submitted.version)
                        $0.reason = "核对"
                    }, metadata: try await office.metadata(.leader), options: office.options)
            }
            #expect(byLeader?.reason == .actionDenied)
            let returned = try await office.calls.returnTargets(
                .with {
                    ($0.requestID, $0.targetsID, $0.version) = (newID(), first.targetsID, submitted.version)
                    $0.reason = "核对"
                }, metadata: try await office.metadata(.assessor), options: office.options
            ).targets
            #expect(returned.state == .draft && returned.reason == "核对")
            let still = try await office.calls.getTargets(
                .with { ($0.targetsID, $0.revision) = (first.targetsID, 1) }, metadata: drafter, options: office.options
            ).targets
            #expect(still.state == .approved && still.rows == first.rows)
            let second = try await office.approve(returned)
            #expect(second.revision == 2 && second.rows.map(\.unitID) == ["a", "b", "d"])
            let old = try await office.calls.getTargets(
                .with { ($0.targetsID, $0.revision) = (first.targetsID, 1) }, metadata: drafter, options: office.options
            ).targets
            #expect(old.state == .superseded)
            let history = try await office.calls.listTargetHistory(
                .with { $0.targetsID = first.targetsID }, metadata: drafter, options: office.options)
            let edit = try #require(history.steps.first { $0.step == "edit" })
            #expect(edit.changes.map(\.unitID) == ["b", "c", "d"])
            #expect(edit.changes[1].hasBefore && !edit.changes[1].hasAfter)
            let list = try await office.calls.listTargets(
                .with { ($0.year, $0.state) = (2020, .approved) }, metadata: drafter, options: office.options)
            #expect(list.targets.map(\.targetsID) == [first.targetsID] && list.targets[0].rows.isEmpty)
        }
    }
}
