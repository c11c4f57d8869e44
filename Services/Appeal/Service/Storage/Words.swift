import AppealDomain
import Domain
import Foundation
import Postgres
import ServiceRuntime

extension CivilDate {
    /// A date of a column.
    static func stored(_ row: Row, _ column: String) throws -> CivilDate { try CivilDate(stored: row.get(column)) }

    /// A date of a column that may be empty.
    static func optional(_ row: Row, _ column: String) throws -> CivilDate? {
        try row.get(column, as: CalendarDate?.self).map { try CivilDate(stored: $0) }
    }
}

extension BusinessTime {
    /// A point in time of a column that may be empty.
    static func optional(_ row: Row, _ column: String) throws -> BusinessTime? {
        try row.get(column, as: Instant?.self).map(BusinessTime.init)
    }
}

extension UnitID {
    /// A unit of a column that may be empty.
    static func optional(_ row: Row, _ column: String) throws -> UnitID? {
        try row.get(column, as: String?.self).map { try UnitID($0, field: column) }
    }
}

/// A value that the state needs and the row lacks: a fault of the data.
func present<Value>(_ value: Value?, _ column: String) throws -> Value {
    guard let value else { throw PostgresError.decoding(column: column, reason: "is empty where the state needs it") }
    return value
}
