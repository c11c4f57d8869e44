import AppealDomain
import Domain
import Foundation
import Postgres

extension RawRepresentable where RawValue == String {
    /// The value of a stored word.
    static func stored(_ row: Row, _ column: String) throws -> Self {
        guard let value = Self(rawValue: try row.get(column)) else {
            throw PostgresError.decoding(column: column, reason: "is not a known word")
        }
        return value
    }
}

extension CivilDate {
    /// The date as the database takes it.
    var stored: CalendarDate { CalendarDate(daysSince1970: dayNumber) }

    /// A date of the database.
    init(stored date: CalendarDate) throws { try self.init(dayNumber: Int(date.daysSince1970)) }

    /// A date of a column.
    static func stored(_ row: Row, _ column: String) throws -> CivilDate { try CivilDate(stored: row.get(column)) }

    /// A date of a column that may be empty.
    static func optional(_ row: Row, _ column: String) throws -> CivilDate? {
        try row.get(column, as: CalendarDate?.self).map { try CivilDate(stored: $0) }
    }
}

extension BusinessTime {
    /// A point in time of the database.
    init(_ instant: Instant) { self.init(microseconds: instant.microseconds) }

    /// The point in time as the database takes it.
    var instant: Instant { Instant(microseconds: microseconds) }

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

/// Reads stored values. What the domain refuses here is a fault of the data, not of a caller.
func reading<Value>(_ read: () throws -> Value) throws -> Value {
    do {
        return try read()
    } catch let error as DomainError {
        throw PostgresError.decoding(column: error.field, reason: error.explanation)
    } catch let error as InvalidFields {
        throw PostgresError.decoding(
            column: error.errors.map(\.field).joined(separator: ", "),
            reason: error.errors.map(\.explanation).joined(separator: "; "))
    }
}

/// A value that the state needs and the row lacks: a fault of the data.
func present<Value>(_ value: Value?, _ column: String) throws -> Value {
    guard let value else { throw PostgresError.decoding(column: column, reason: "is empty where the state needs it") }
    return value
}
