import Domain
import Postgres
import PolicyDomain

/// The words under which enumerations are stored; the CHECK lists of the schema name the same ones.
extension PolicyKind {
    /// All kinds.
    static let all: [PolicyKind] = [.supportive] + Restriction.allCases.map(PolicyKind.restrictive)

    /// The word in storage.
    var stored: String {
        switch self {
        case .supportive: "supportive"
        case .restrictive(let field): "restrictive_\(field.rawValue)"
        }
    }

    /// The kind of a stored word.
    init(stored word: String) throws {
        guard let kind = Self.all.first(where: { $0.stored == word }) else {
            throw PostgresError.decoding(column: "kind", reason: "is not a known kind")
        }
        self = kind
    }
}

extension PolicyLevel {
    /// National first.
    var rank: Int16 {
        switch self {
        case .national: 1
        case .provincial: 2
        case .city: 3
        case .county: 4
        }
    }
}

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

extension Period {
    /// The period of two columns; nil when nothing is stored.
    static func stored(_ row: Row) throws -> Period? {
        guard let start = try row.get("valid_from", as: CalendarDate?.self) else { return nil }
        let end = try row.get("valid_until", as: CalendarDate?.self)
        return try Period(from: CivilDate(stored: start), until: end.map { try CivilDate(stored: $0) })
    }
}

extension BusinessTime {
    /// A point in time of the database.
    init(_ instant: Instant) { self.init(microseconds: instant.microseconds) }

    /// The point in time as the database takes it.
    var instant: Instant { Instant(microseconds: microseconds) }
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
