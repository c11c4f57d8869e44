import AssessmentDomain
import Domain
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
}

extension BusinessTime {
    /// A point in time of the database.
    init(_ instant: Instant) { self.init(microseconds: instant.microseconds) }

    /// The point in time as the database takes it.
    var instant: Instant { Instant(microseconds: microseconds) }
}

extension FixedNumber {
    /// A stored number of millionths.
    static func stored(_ row: Row, _ column: String) throws -> FixedNumber {
        FixedNumber(millionths: try row.get(column, as: Int64.self))
    }
}

extension AssessmentPeriod {
    /// The period of the columns period, year and number.
    static func stored(_ row: Row) throws -> AssessmentPeriod {
        try AssessmentPeriod(
            try .stored(row, "period"), year: Int(try row.get("year", as: Int16.self)),
            number: Int(try row.get("number", as: Int16.self)))
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
    } catch let error as CanonicalFault {
        throw PostgresError.decoding(column: "bytes", reason: error.description)
    }
}
