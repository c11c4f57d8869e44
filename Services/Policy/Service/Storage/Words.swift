import Domain
import PolicyDomain
import Postgres
import ServiceRuntime

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

extension Period {
    /// The period of two columns; nil when nothing is stored.
    static func stored(_ row: Row) throws -> Period? {
        guard let start = try row.get("valid_from", as: CalendarDate?.self) else { return nil }
        let end = try row.get("valid_until", as: CalendarDate?.self)
        return try Period(from: CivilDate(stored: start), until: end.map { try CivilDate(stored: $0) })
    }
}
