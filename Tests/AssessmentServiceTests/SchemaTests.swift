import AssessmentContracts
import AssessmentDomain
import Domain
import Foundation
import Messaging
import Postgres
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import AssessmentService

@Suite("Assessment: storage", .serialized)
struct SchemaTests {
    @Test("ASM-1 the words of the CHECK lists are those of the enumerations")
    func checks() async throws {
        let bench = try await ServiceBench.assessment()
        try await bench.run { _, _ in
            let tiers = words(of: Tier.self)
            let periods = words(of: PeriodKind.self)
            let derivations = words(of: Derivation.self)
            let targetStates = words(of: TargetState.self)
            let expected: [String: Set<String>] = [
                "tier_unit_tier": tiers, "scheme_tier": tiers, "result_tier": tiers, "award_rules_tier": tiers,
                "indicator_direction": words(of: Direction.self),
                "indicator_source": words(of: IndicatorSource.Kind.self),
                "indicator_derivation": derivations, "contribution_derivation": derivations,
                "indicator_period": periods, "reported_value_period": periods, "result_period": periods,
                "target_revision_state": targetStates, "target_step_state": targetStates,
                "target_step_step": words(of: TargetCommand.self),
                "reported_value_state": words(of: ValueState.self),
                "reported_value_origin": words(of: ValueEntryKind.self).subtracting(["reopened"]),
                "value_entry_kind": words(of: ValueEntryKind.self),
                "scheme_revision_state": words(of: SchemeState.self),
                "result_state": words(of: ResultState.self),
                "award_kind": Set(AwardKind.words),
            ]
            let found = try await bench.administration.checkedWords(in: "assessment")
            #expect(found == expected)
        }
    }

    @Test("ASM-15 the service may add what it consumed and froze, and never change it")
    func insertOnly() async throws {
        let bench = try await ServiceBench.assessment()
        try await bench.run { handle, _ in
            for table in [
                "consumed_event", "target_step", "target_change", "value_entry", "result_input", "result_score",
                "award",
            ] {
                for statement in ["DELETE FROM", "TRUNCATE"] {
                    let refused = await #expect(throws: PostgresError.self) {
                        _ = try await handle.runtime.database.transaction {
                            try $0.executeScript("\(statement) assessment.\(table)")
                        }
                    }
                    #expect(refused?.sqlState == "42501", "\(statement) \(table)")
                }
            }
        }
    }

    @Test(
        "ASM-15 contributions in the database and in memory are the same after any run of events", arguments: [1, 2, 3])
    func ledger(seed: UInt64) async throws {
        let bench = try await ServiceBench.assessment()
        try await bench.run { handle, _ in
            var random = SeededRandom(seed: seed, stream: "contributions")
            let units = try ["a", "b", "c"].map { try UnitID($0, field: "unit") }
            let derivations: [Derivation] = [.onTimeReply, .investmentCompletion, .fundsInPlace, .startRate]
            var runs: [[ContributionChange]] = []
            for _ in 0..<300 {
                let derivation = derivations[Int.random(in: 0..<4, using: &random)]
                let subject = "subject-\(Int.random(in: 0..<12, using: &random))"
                let day = try CivilDate(
                    year: 2019 + Int.random(in: 0...1, using: &random), month: Int.random(in: 1...12, using: &random),
                    day: Int.random(in: 1...28, using: &random))
                let number = Int.random(in: 1...3, using: &random)
                let slot =
                    switch derivation.fold {
                    case .sum: "round \(number)"
                    case .once: number == 1 ? "signed" : "started"
                    case .latest, .increase: day.description
                    }
                let place = ContributionPlace(derivation, subject, slot)
                let contribution = Contribution(
                    unit: units[Int.random(in: 0..<3, using: &random)], on: day,
                    numerator: Int64.random(in: 0...9, using: &random),
                    denominator: Int64.random(in: 1...9, using: &random),
                    repeats: Bool.random(using: &random) ? "subject-\(Int.random(in: 0..<12, using: &random))" : nil)
                switch Int.random(in: 0..<10, using: &random) {
                case 0: runs.append([.remove(place)])
                case 1: runs.append([.counts(subject: subject, Bool.random(using: &random))])
                case 2...4: runs.append([.putFirst(place, contribution)])
                case _: runs.append([.put(place, contribution)])
                }
            }
            var ledger = ContributionLedger()
            for changes in runs { ledger.apply(changes) }
            let all = runs
            let events = ConsumedEvents()
            try await handle.runtime.database.transaction { tx in
                for (index, changes) in all.enumerated() {
                    try events.append(
                        IncomingEvent.sample(id: "\(index)", seq: Int64(index) + 1), changes, in: tx)
                }
            }
            for derivation in derivations {
                for period in [
                    try AssessmentPeriod(.month, year: 2020, number: 5),
                    try AssessmentPeriod(.quarter, year: 2019, number: 4),
                    try AssessmentPeriod(.year, year: 2020, number: 1),
                ] {
                    let stored = try await handle.runtime.database.transaction {
                        try events.figures(derivation, in: period, tx: $0)
                    }
                    #expect(try ledger.figures(derivation, in: period) == stored, "\(derivation) \(period)")
                }
            }
            try await compareTraces(all, derivations, units, handle.runtime.database)
        }
    }

    /// What is traced as it was with an event adds up to the figures that were counted then.
    private func compareTraces(
        _ runs: [[ContributionChange]], _ derivations: [Derivation], _ units: [UnitID], _ database: Database
    ) async throws {
        let period = try AssessmentPeriod(.year, year: 2020, number: 1)
        let events = ConsumedEvents()
        for count in [40, 150, 299, 300] {
            var ledger = ContributionLedger()
            for changes in runs.prefix(count) { ledger.apply(changes) }
            for derivation in derivations {
                let figures = try ledger.figures(derivation, in: period)
                for unit in units {
                    let traced = try await database.transaction {
                        try events.trace(
                            derivation, in: period, unit: unit, upTo: Int64(count), after: nil, limit: 1_000, tx: $0)
                    }.map(\.contribution)
                    let sums = [traced.reduce(0) { $0 + $1.numerator }, traced.reduce(0) { $0 + $1.denominator }]
                    let figure = figures[unit]
                    #expect(
                        sums == [figure?.numerator ?? 0, figure?.denominator ?? 0], "\(derivation) \(unit) \(count)")
                }
            }
        }
    }

    @Test("ASM-15 a cut sees every place up to it, gives its lock back, and lets consumers go on")
    func cut() async throws {
        let bench = try await ServiceBench.assessment()
        try await bench.run { handle, _ in
            let database = handle.runtime.database
            let events = ConsumedEvents()
            try await database.transaction { tx in
                try events.append(IncomingEvent.sample(id: "1", seq: 1), [], in: tx)
            }
            try await database.transaction { tx in
                let cut = try events.cut(in: tx) { "read" }
                #expect(cut.place == 1 && cut.value == "read")
                let held = try tx.only(
                    "SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
                #expect(try held.get("n", as: Int64.self) == 0)
                // The transaction goes on as if nothing had been.
                try events.append(IncomingEvent.sample(id: "2", seq: 2), [], in: tx)
            }
            let last = try await database.transaction { try events.cut(in: $0) { 0 }.place }
            #expect(last == 2)
        }
    }
}
