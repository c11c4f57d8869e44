import Domain
import Foundation
import Postgres

// How values of the field stand in rows, the same in every service.

extension RawRepresentable where RawValue == String {
    /// The value of a stored word.
    ///
    /// - Throws: `PostgresError` for NULL and for a word that is not known.
    public static func stored(_ row: Row, _ column: String) throws -> Self {
        guard let value = try optional(row, column) else {
            throw PostgresError.decoding(column: column, reason: "is NULL")
        }
        return value
    }

    /// The value of a stored word; nil for NULL.
    public static func optional(_ row: Row, _ column: String) throws -> Self? {
        guard let word = try row.get(column, as: String?.self) else { return nil }
        guard let value = Self(rawValue: word) else {
            throw PostgresError.decoding(column: column, reason: "is not a known word")
        }
        return value
    }

    /// The values of a stored list of words.
    public static func list(_ row: Row, _ column: String) throws -> [Self] {
        try row.get(column, as: [String].self).map { word in
            guard let value = Self(rawValue: word) else {
                throw PostgresError.decoding(column: column, reason: "holds a word that is not known")
            }
            return value
        }
    }
}

extension CivilDate {
    /// The date as the database takes it.
    public var stored: CalendarDate { CalendarDate(daysSince1970: dayNumber) }

    /// A date of the database.
    ///
    /// - Throws: `DomainError` for a day outside of the years that the field knows.
    public init(stored date: CalendarDate) throws(DomainError) { try self.init(dayNumber: Int(date.daysSince1970)) }

    /// The date of a column.
    ///
    /// - Throws: `PostgresError` for NULL, or `DomainError`.
    public static func stored(_ row: Row, _ column: String) throws -> CivilDate {
        try CivilDate(stored: row.get(column))
    }

    /// The date of a column; nil for NULL.
    public static func optional(_ row: Row, _ column: String) throws -> CivilDate? {
        try row.get(column, as: CalendarDate?.self).map { try CivilDate(stored: $0) }
    }
}

extension BusinessTime {
    /// A point in time of the database.
    public init(_ instant: Instant) { self.init(microseconds: instant.microseconds) }

    /// The point in time as the database takes it.
    public var instant: Instant { Instant(microseconds: microseconds) }

    /// The point in time of a column.
    ///
    /// - Throws: `PostgresError` for NULL.
    public static func stored(_ row: Row, _ column: String) throws -> BusinessTime {
        BusinessTime(try row.get(column, as: Instant.self))
    }

    /// The point in time of a column; nil for NULL.
    public static func optional(_ row: Row, _ column: String) throws -> BusinessTime? {
        try row.get(column, as: Instant?.self).map { BusinessTime($0) }
    }
}

extension UnitID {
    /// The unit of a column.
    ///
    /// - Throws: `PostgresError` for NULL, or `DomainError`.
    public static func stored(_ row: Row, _ column: String) throws -> UnitID {
        try UnitID(row.get(column), field: column)
    }

    /// The unit of a column; nil for NULL.
    public static func optional(_ row: Row, _ column: String) throws -> UnitID? {
        try row.get(column, as: String?.self).map { try UnitID($0, field: column) }
    }
}

extension Transaction {
    /// What a change is refused with when its row is no longer as its reader saw it: ABORTED with the current version.
    ///
    /// - Parameter version: reads `seq` of the row, which exists.
    /// - Throws: `PostgresError`.
    public func lostRace(_ version: SQL) throws -> Problem {
        Problem.conflict(currentVersion: try only(version).get("seq"))
    }
}

/// Reads stored values. What the domain refuses here is a fault of the data, not of a caller.
public func reading<Value>(_ read: () throws -> Value) throws -> Value {
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

/// A text in the one form in which it is stored, so that equal texts are equal bytes (NFC).
public func stored(_ text: String) -> String { text.precomposedStringWithCanonicalMapping }
