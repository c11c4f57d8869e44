import Domain
import EnterpriseDomain
import Postgres
import ServiceRuntime

extension AttributeValue {
    /// The value as text; with the type it says everything.
    var storedText: String {
        switch self {
        case .boolean(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        case .decimal(let number): number.description
        case .money(let money): String(money.fen)
        case .ratio(let ratio): "\(ratio.numerator)/\(ratio.denominator)"
        case .date(let date): date.description
        case .text(let text): text
        case .set(let codes): codes.sorted().joined(separator: "\u{1F}")
        }
    }

    /// Reads a stored value.
    ///
    /// - Throws: `PostgresDecodingFailure` or `DomainError` when kind and text do not agree.
    init(stored text: String, kind: AttributeType) throws {
        func number(_ text: some StringProtocol) throws -> Int64 {
            guard let number = Int64(text) else { throw PostgresDecodingFailure("is no number") }
            return number
        }
        switch kind {
        case .boolean:
            guard let flag = Bool(text) else { throw PostgresDecodingFailure("is neither true nor false") }
            self = .boolean(flag)
        case .integer: self = .integer(try number(text))
        case .decimal: self = .decimal(try DecimalNumber(text: text))
        case .money: self = .money(Money(fen: try number(text)))
        case .ratio:
            let parts = text.split(separator: "/")
            guard parts.count == 2 else { throw PostgresDecodingFailure("is no ratio") }
            self = .ratio(try Ratio(number(parts[0]), number(parts[1])))
        case .date: self = .date(try CivilDate(text))
        case .text: self = .text(text)
        case .set: self = .set(Set(text.split(separator: "\u{1F}").map(String.init)))
        }
    }
}

extension Row {
    /// A column that holds one of an enumeration's words.
    func word<Value: RawRepresentable<String>>(_ column: String, as type: Value.Type = Value.self) throws -> Value {
        guard let value = Value(rawValue: try get(column)) else {
            throw PostgresError.decoding(column: column, reason: "is not a known \(Value.self)")
        }
        return value
    }
}
