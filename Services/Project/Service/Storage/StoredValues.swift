import Domain
import Foundation
import Postgres
import ProjectDomain
import ServiceRuntime

extension Row {
    /// A column that the schema keeps from being NULL in this state.
    func known<Value>(_ column: String, _ value: Value?) throws -> Value {
        guard let value else { throw PostgresError.decoding(column: column, reason: "is NULL") }
        return value
    }

    /// The three columns of an investment.
    func investment() throws -> Investment {
        try Investment(
            total: Money(fen: get("total_fen")), domestic: Money(fen: get("domestic_fen")),
            foreign: USDollars(cents: get("foreign_cents")), field: "investment")
    }

    /// Investor and credit code.
    func investor() throws -> Investor {
        try Investor(
            name: get("investor"), creditCode: get("credit_code", as: String?.self).map { try CreditCode($0) },
            field: "investor")
    }

    /// The three columns of figures; nil before the first report.
    func figures() throws -> ProgressFigures? {
        guard let completed = try get("completed_fen", as: Int64?.self) else { return nil }
        return try ProgressFigures(
            completed: Money(fen: completed), domesticInPlace: Money(fen: get("domestic_in_place_fen")),
            foreignInPlace: USDollars(cents: get("foreign_in_place_cents")))
    }
}

extension LightReason {
    /// One line: light, measure, comparison, threshold, value.
    var stored: String {
        [
            rule.light.rawValue, rule.measure.rawValue, rule.comparison.rawValue, rule.threshold.description,
            value.description,
        ].joined(separator: " ")
    }

    /// Reads such a line.
    init(stored line: String) throws {
        let parts = line.split(separator: " ").map(String.init)
        guard parts.count == 5, let light = Light(rawValue: parts[0]), let measure = LightMeasure(rawValue: parts[1]),
            let comparison = LightComparison(rawValue: parts[2])
        else { throw PostgresError.decoding(column: "reasons", reason: "is not a reason") }
        func ratio(_ text: String) throws -> Ratio {
            let numbers = text.split(separator: "/").compactMap { Int64($0) }
            guard numbers.count == 2 else { throw PostgresError.decoding(column: "reasons", reason: "is no ratio") }
            return try Ratio(numbers[0], numbers[1])
        }
        self.init(
            rule: LightRule(light, measure, comparison, try ratio(parts[3])), value: try ratio(parts[4]))
    }
}

/// The row of an aggregate as its change found it: locked, so that nothing moves between reading and writing.
///
/// Lights and timers change a project beside its commands; the lock keeps either from overwriting the other.
enum RowLock {
    /// Raises the version to the aggregate's own and counts its events.
    ///
    /// - Returns: the sequence number of the last event, or of the one before when there is none.
    /// - Throws: `Problem` ABORTED with the current version when someone else was first.
    static func advanced(_ rows: [Row], table: String, id: UUID, in tx: Transaction) throws -> Int64 {
        if let row = rows.first { return try row.get("event_seq") }
        throw try tx.lostRace("SELECT seq FROM project.\(identifier: table) WHERE id = \(id)")
    }
}
