import AssessmentDomain
import Domain
import Postgres
import ServiceRuntime

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

/// Reads stored values, frozen bytes among them. What the domain refuses here is a fault of the data, not of a caller.
func reading<Value>(_ read: () throws -> Value) throws -> Value {
    do {
        return try ServiceRuntime.reading(read)
    } catch let error as CanonicalFault {
        throw PostgresError.decoding(column: "bytes", reason: error.description)
    }
}
