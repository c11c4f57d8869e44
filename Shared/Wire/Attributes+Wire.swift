import CommonContracts
import Domain

extension AttributeValue {
    /// Reads the wire's value.
    ///
    /// - Throws: `DomainError` naming the part of `field` at fault.
    public init(_ wire: Zhitongche_Common_V1_AttributeValue, field: String) throws(DomainError) {
        switch wire.kind {
        case .flag(let flag): self = .boolean(flag)
        case .integer(let number): self = .integer(number)
        case .decimal(let number): self = .decimal(try DecimalNumber(number, field: "\(field).decimal"))
        case .money(let money): self = .money(Money(money))
        case .ratio(let ratio): self = .ratio(try Ratio(ratio, field: "\(field).ratio"))
        case .date(let date): self = .date(try CivilDate(date, field: "\(field).date"))
        case .text(let text):
            guard (1...256).contains(text.count) else {
                throw DomainError("\(field).text", .outOfRange("1 to 256 characters"))
            }
            self = .text(text)
        case .set(let set):
            guard set.codes.count <= 64 else { throw DomainError("\(field).set", .tooMany(limit: 64)) }
            for (index, code) in set.codes.enumerated() where !(1...64).contains(code.count) {
                throw DomainError("\(field).set.codes[\(index)]", .outOfRange("1 to 64 characters"))
            }
            self = .set(Set(set.codes))
        case nil: throw DomainError(field, .empty)
        }
    }

    /// The value on the wire.
    public var wire: Zhitongche_Common_V1_AttributeValue {
        .with {
            switch self {
            case .boolean(let flag): $0.flag = flag
            case .integer(let number): $0.integer = number
            case .decimal(let number): $0.decimal = number.wire
            case .money(let money): $0.money = money.wire
            case .ratio(let ratio): $0.ratio = ratio.wire
            case .date(let date): $0.date = date.wire
            case .text(let text): $0.text = text
            case .set(let codes): $0.set = .with { $0.codes = codes.sorted() }
            }
        }
    }
}
