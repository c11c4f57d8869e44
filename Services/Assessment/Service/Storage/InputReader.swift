import AssessmentDomain
import Domain
import Foundation
import Postgres
import ServiceRuntime

/// Collects what a tier is scored from: values of reports and events, targets, values of the year before, ranks of the
/// period before (ASM-8).
struct InputReader: Sendable {
    let indicators: IndicatorRepository
    let results: ResultRepository
    let events: ConsumedEvents

    /// The inputs of a tier for a period.
    ///
    /// - Parameter today: reports that fall due later do not count yet.
    func inputs(
        _ tier: Tier, _ wanted: [IndicatorID], _ period: AssessmentPeriod, verifiedOnly: Bool, today: CivilDate,
        in tx: Transaction
    ) throws -> ScoringInputs {
        let known = try indicators.all(wanted, in: tx)
        var inputs = ScoringInputs(
            units: try indicators.units(of: tier, in: tx), indicators: known.map { ($0.id, $0.direction) })
        let columns = Dictionary(uniqueKeysWithValues: inputs.units.enumerated().map { ($1, $0) })
        let places = Dictionary(uniqueKeysWithValues: inputs.indicators.enumerated().map { ($1, $0) })
        let before = try period.aYearBefore
        for indicator in known {
            guard let place = places[indicator.id], let derivation = indicator.source.derivation else { continue }
            let now = try figures(derivation, period, today: today, in: tx)
            let earlier = try figures(derivation, before, today: today, in: tx)
            for (unit, column) in columns {
                if let figure = now[unit], let value = derivation.value(of: figure, for: indicator) {
                    inputs.leaves[place][column].value = value.millionths
                    inputs.leaves[place][column].origin = .events
                    inputs.leaves[place][column].figure = figure
                }
                if let figure = earlier[unit] {
                    inputs.leaves[place][column].earlier = derivation.value(of: figure, for: indicator)?.millionths
                }
            }
        }
        try takeReports(&inputs, columns, places, known, period, verifiedOnly: verifiedOnly, in: tx)
        try takeTargets(&inputs, columns, places, period.year, in: tx)
        if let earlier = try results.published(tier, try period.before, in: tx) {
            for (unit, rank) in try results.ranks(of: earlier.id, in: tx) {
                if let column = columns[unit] { inputs.earlierRanks[column] = rank }
            }
        }
        return inputs
    }

    /// What a derivation gives for every unit.
    func figures(
        _ derivation: Derivation, _ period: AssessmentPeriod, today: CivilDate, in tx: Transaction
    ) throws -> [UnitID: DerivedFigure] {
        switch derivation {
        case .reportPunctuality: try punctuality(period, today: today, in: tx)
        case .onTimeReply, .satisfaction, .solvedProblems, .startRate, .investmentCompletion, .fundsInPlace,
            .policyFreshness:
            try events.figures(derivation, in: period, tx: tx)
        }
    }

    /// A report counts over what events say. Of several that say something about the period the one that reaches
    /// furthest counts, and among these the one of the shortest kind: they are read in this order, each kind and number
    /// by itself, until every cell that can have one has its report.
    private func takeReports(
        _ inputs: inout ScoringInputs, _ columns: [UnitID: Int], _ places: [IndicatorID: Int], _ known: [Indicator],
        _ period: AssessmentPeriod, verifiedOnly: Bool, in tx: Transaction
    ) throws {
        let reported = known.filter { $0.source.reportDays != nil }.map(\.id.text)
        guard !reported.isEmpty, !columns.isEmpty else { return }
        // Read by text: there are hundreds of thousands of rows, and what is not known here does not count anyway.
        let rows = Dictionary(uniqueKeysWithValues: places.map { ($0.text, $1) })
        let units = Dictionary(uniqueKeysWithValues: columns.map { ($0.text, $1) })
        for (asked, isEarlier) in [(period, false), (try period.aYearBefore, true)] {
            var missing = reported.count * columns.count
            var isFilled = [Bool](repeating: false, count: inputs.indicators.count * inputs.units.count)
            for of in try asked.reports where missing > 0 {
                try reports(reported, of, verifiedOnly: verifiedOnly, in: tx) { row in
                    guard let place = rows[try row.get("indicator_id")], let column = units[try row.get("unit_id")]
                    else { return }
                    let cell = place * inputs.units.count + column
                    guard !isFilled[cell] else { return }
                    isFilled[cell] = true
                    missing -= 1
                    let value = try row.get("value", as: Int64.self)
                    guard !isEarlier else {
                        inputs.leaves[place][column].earlier = value
                        return
                    }
                    inputs.leaves[place][column].value = value
                    inputs.leaves[place][column].origin = InputOrigin(try ValueEntryKind.stored(row, "origin"))
                    inputs.leaves[place][column].valueID = ValueID(try row.get("id", as: UUID.self))
                    inputs.leaves[place][column].figure = nil
                }
            }
        }
    }

    private func reports(
        _ indicators: [String], _ period: AssessmentPeriod, verifiedOnly: Bool, in tx: Transaction,
        _ take: (Row) throws -> Void
    ) throws {
        for row in try tx.query(
            """
            SELECT id, indicator_id, unit_id, value, origin FROM assessment.reported_value
            WHERE indicator_id = ANY (\(indicators)) AND year = \(Int16(period.year))
                AND period = \(period.kind.rawValue) AND number = \(Int16(period.number))
                AND (NOT \(verifiedOnly) OR state = 'verified')
            """)
        { try reading { try take(row) } }
    }

    private func takeTargets(
        _ inputs: inout ScoringInputs, _ columns: [UnitID: Int], _ places: [IndicatorID: Int], _ year: Int,
        in tx: Transaction
    ) throws {
        let rows = try tx.query(
            """
            SELECT t.indicator_id, w.unit_id, w.target
            FROM assessment.targets AS t
            JOIN assessment.target_revision AS r ON r.targets_id = t.id AND r.state = 'approved'
            JOIN assessment.target_row AS w ON w.targets_id = r.targets_id AND w.revision = r.revision
            WHERE t.year = \(year) AND t.indicator_id = ANY (\(inputs.indicators.map(\.text)))
            """)
        for row in rows {
            try reading {
                guard let place = places[try IndicatorID(row.get("indicator_id"), field: "indicator_id")],
                    let column = columns[try UnitID.stored(row, "unit_id")]
                else { return }
                inputs.leaves[place][column].target = try row.get("target", as: Int64.self)
            }
        }
    }

    /// Reports in time of the reports that fell due within the period: one for every unit that must report an
    /// indicator, and every period of it, whether it came or not.
    private func punctuality(
        _ period: AssessmentPeriod, today: CivilDate, in tx: Transaction
    ) throws -> [UnitID: DerivedFigure] {
        var figures: [UnitID: DerivedFigure] = [:]
        let (start, end) = (try period.start, min(try period.end, today))
        for indicator in try indicators.obligatory(in: tx) {
            guard let days = indicator.source.reportDays else { continue }
            var units: Set<UnitID> = []
            for tier in indicator.reportingTiers { units.formUnion(try indicators.units(of: tier, in: tx)) }
            var due: Set<AssessmentPeriod> = []
            for year in max(2000, period.year - 2)...period.year {
                for number in 1...(12 / indicator.period.months) {
                    let candidate = try AssessmentPeriod(indicator.period, year: year, number: number)
                    // In time is up to the end of the last day, so the limit is the day after.
                    let limit = try CivilDate(dayNumber: Int(candidate.end.dayNumber) + days)
                    if limit >= start, limit < end { due.insert(candidate) }
                }
            }
            guard !due.isEmpty else { continue }
            let rows = try tx.query(
                """
                SELECT unit_id, period, year, number FROM assessment.reported_value
                WHERE indicator_id = \(indicator.id.text) AND year BETWEEN \(period.year - 2) AND \(period.year)
                    AND NOT late
                """
            ) { row in
                try reading { (try UnitID.stored(row, "unit_id"), try AssessmentPeriod.stored(row)) }
            }
            var inTime: [UnitID: Int64] = [:]
            for (unit, of) in rows where due.contains(of) { inTime[unit, default: 0] += 1 }
            for unit in units {
                var figure = figures[unit] ?? DerivedFigure()
                figure.numerator += inTime[unit] ?? 0
                figure.denominator += Int64(due.count)
                figure.events += due.count
                figures[unit] = figure
            }
        }
        return figures
    }
}

extension InputOrigin {
    fileprivate init(_ kind: ValueEntryKind) {
        switch kind {
        case .reported: self = .reported
        case .late: self = .late
        case .revised: self = .revised
        case .verified: self = .verified
        case .reopened: self = .none
        }
    }
}
