import CommonContracts
import Domain

extension Condition {
    /// Reads the wire's tree. Its shape is checked here; whether attributes and types exist is checked by `validate`.
    ///
    /// - Parameter path: where the condition stands in the request, e.g. `content.condition`.
    /// - Throws: `DomainError` naming the node at fault, e.g. `content.condition.all[2].comparison.operator`.
    public init(_ wire: Zhitongche_Common_V1_Condition, at path: String) throws(DomainError) {
        try self.init(wire, at: path, depth: 1)
    }

    private init(_ wire: Zhitongche_Common_V1_Condition, at path: String, depth: Int) throws(DomainError) {
        guard depth <= Self.maximumDepth else { throw DomainError(path, .tooDeep(limit: Self.maximumDepth)) }
        switch wire.node {
        case .all(let list): self = .all(try Self.parts(list.parts, at: "\(path).all", depth: depth))
        case .any(let list): self = .any(try Self.parts(list.parts, at: "\(path).any", depth: depth))
        case .not(let inner): self = .not(try Condition(inner, at: "\(path).not", depth: depth + 1))
        case .atLeast(let list):
            self = .atLeast(Int(list.count), of: try Self.parts(list.parts, at: "\(path).atLeast", depth: depth))
        case .comparison(let comparison):
            let key = try AttributeKey(comparison.attribute, field: "\(path).comparison.attribute")
            self = .attribute(key, try Comparison(comparison, field: "\(path).comparison"))
        case .list(let membership): self = .list(try ListID(membership.list, field: "\(path).list.list"))
        case .regionWithin(let within):
            self = .region(within: try RegionCode(within.region, field: "\(path).regionWithin.region"))
        case .industryWithin(let within):
            guard (1...64).contains(within.industries.count) else {
                throw DomainError("\(path).industryWithin.industries", .outOfRange("1 to 64 industries"))
            }
            var industries: [IndustryCode] = []
            for (index, industry) in within.industries.enumerated() {
                industries.append(
                    try IndustryCode(industry, field: "\(path).industryWithin.industries[\(index)]"))
            }
            self = .industry(withinAny: industries)
        case nil: throw DomainError(path, .empty)
        }
    }

    private static func parts(
        _ wire: [Zhitongche_Common_V1_Condition], at path: String, depth: Int
    ) throws(DomainError) -> [Condition] {
        guard (1...64).contains(wire.count) else { throw DomainError(path, .outOfRange("1 to 64 parts")) }
        var parts: [Condition] = []
        for (index, part) in wire.enumerated() {
            parts.append(try Condition(part, at: "\(path)[\(index)]", depth: depth + 1))
        }
        return parts
    }

    /// The tree on the wire.
    public var wire: Zhitongche_Common_V1_Condition {
        .with {
            switch self {
            case .all(let parts): $0.all = .with { $0.parts = parts.map(\.wire) }
            case .any(let parts): $0.any = .with { $0.parts = parts.map(\.wire) }
            case .not(let inner): $0.not = inner.wire
            case .atLeast(let count, of: let parts):
                $0.atLeast = .with {
                    $0.count = Int32(clamping: count)
                    $0.parts = parts.map(\.wire)
                }
            case .criterion(.attribute(let key, let comparison)): $0.comparison = comparison.wire(of: key)
            case .criterion(.list(let list)): $0.list = .with { $0.list = list.text }
            case .criterion(.regionWithin(let region)): $0.regionWithin = .with { $0.region = region.description }
            case .criterion(.industryWithinAny(let industries)):
                $0.industryWithin = .with { $0.industries = industries.map(\.description) }
            }
        }
    }
}

extension Comparison {
    /// Reads the wire's operator and values.
    ///
    /// - Throws: `DomainError` naming the part of `field` at fault.
    init(_ wire: Zhitongche_Common_V1_Comparison, field: String) throws(DomainError) {
        var values: [AttributeValue] = []
        guard wire.values.count <= 64 else { throw DomainError("\(field).values", .tooMany(limit: 64)) }
        for (index, value) in wire.values.enumerated() {
            values.append(try AttributeValue(value, field: "\(field).values[\(index)]"))
        }
        func take(_ count: Int) throws(DomainError) -> [AttributeValue] {
            guard values.count == count else {
                throw DomainError("\(field).values", .outOfRange("\(count) value(s) for this operator"))
            }
            return values
        }
        switch wire.operator {
        case .exists:
            _ = try take(0)
            self = .exists
        case .equal: self = .equal(try take(1)[0])
        case .notEqual: self = .notEqual(try take(1)[0])
        case .less: self = .less(try take(1)[0])
        case .atMost: self = .lessOrEqual(try take(1)[0])
        case .greater: self = .greater(try take(1)[0])
        case .atLeast: self = .greaterOrEqual(try take(1)[0])
        case .between:
            let bounds = try take(2)
            self = .between(bounds[0], bounds[1])
        case .in:
            guard !values.isEmpty else { throw DomainError("\(field).values", .empty) }
            var codes: Set<String> = []
            for (index, value) in values.enumerated() {
                guard case .text(let code) = value else {
                    throw DomainError(
                        "\(field).values[\(index)]", .wrongType(expected: "text", found: value.type.rawValue))
                }
                codes.insert(code)
            }
            self = .oneOf(codes)
        case .unspecified, .UNRECOGNIZED: throw DomainError("\(field).operator", .unknown("operator"))
        }
    }

    /// The comparison on the wire. "Before" and "after" a day are "less" and "greater" there.
    func wire(of key: AttributeKey) -> Zhitongche_Common_V1_Comparison {
        let (sign, values): (Zhitongche_Common_V1_Operator, [AttributeValue]) =
            switch self {
            case .exists: (.exists, [])
            case .equal(let value): (.equal, [value])
            case .notEqual(let value): (.notEqual, [value])
            case .less(let value): (.less, [value])
            case .lessOrEqual(let value): (.atMost, [value])
            case .greater(let value): (.greater, [value])
            case .greaterOrEqual(let value): (.atLeast, [value])
            case .between(let lower, let upper): (.between, [lower, upper])
            case .oneOf(let codes): (.in, codes.sorted().map(AttributeValue.text))
            case .before(let day): (.less, [.date(day)])
            case .after(let day): (.greater, [.date(day)])
            }
        return .with {
            $0.attribute = key.text
            $0.operator = sign
            $0.values = values.map(\.wire)
        }
    }
}

extension Verdict {
    /// The verdict on the wire.
    public var wire: Zhitongche_Common_V1_Verdict {
        switch self {
        case .met: .met
        case .notMet: .notMet
        case .unknown: .unknown
        }
    }

    /// Reads the wire's verdict; nil when it is unspecified or unknown to this version.
    public init?(_ wire: Zhitongche_Common_V1_Verdict) {
        switch wire {
        case .met: self = .met
        case .notMet: self = .notMet
        case .unknown: self = .unknown
        case .unspecified, .UNRECOGNIZED: return nil
        }
    }
}
