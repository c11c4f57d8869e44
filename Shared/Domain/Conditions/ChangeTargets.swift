/// The nearest value that would satisfy, or no longer satisfy, a comparison.
enum ChangeTargets {
    /// Something that an attribute could become.
    enum Target {
        case value(AttributeValue)
        case codes(Set<String>, AttributeValue)
        case anything
        case none(of: Set<AttributeValue>)

        /// What would be known of the attribute.
        var state: Fact.State {
            switch self {
            case .value(let value), .codes(_, let value): .value(value)
            case .anything: .present
            case .none: .absent
            }
        }

        /// The change from the current value; nil when there is none to describe.
        func kind(key: AttributeKey, current: AttributeValue?) -> LeafChange.Kind? {
            switch self {
            case .anything: return .obtain(key)
            case .none(of: let values): return .avoid(key, values)
            case .codes(let codes, _): return .becomeOneOf(key, codes)
            case .value(let value):
                guard value.type.isOrdered, value.type != .date else { return .become(key, value) }
                // A figure that is known not to exist counts as nothing.
                let start = current ?? ChangeTargets.zero(like: value)
                guard let order = start.order(to: value) else { return nil }
                if order < 0 {
                    return ChangeTargets.combine(value, start, adding: false).map { .increase(key, by: $0, to: value) }
                }
                return ChangeTargets.combine(start, value, adding: false).map { .decrease(key, by: $0, to: value) }
            }
        }
    }

    /// The nearest targets; several where two directions are open.
    static func find(
        _ comparison: Comparison, wanted: Bool, current: AttributeValue?, type: AttributeType
    ) -> [Target] {
        switch (comparison, wanted) {
        case (.exists, true):
            return [.anything]
        case (.exists, false):
            return []
        case (.equal(let value), true), (.notEqual(let value), false):
            return [.value(converted(value, type))]
        case (.equal(let value), false), (.notEqual(let value), true):
            if case .boolean(let flag) = value { return [.value(.boolean(!flag))] }
            return [.none(of: [value])]
        case (.less(let bound), true), (.greaterOrEqual(let bound), false):
            return step(bound, current, type, up: false).map { [.value($0)] } ?? []
        case (.greater(let bound), true), (.lessOrEqual(let bound), false):
            return step(bound, current, type, up: true).map { [.value($0)] } ?? []
        case (.lessOrEqual(let bound), true), (.greater(let bound), false),
            (.greaterOrEqual(let bound), true), (.less(let bound), false):
            return [.value(converted(bound, type))]
        case (.between(let lower, let upper), true):
            let isAbove = (current?.order(to: upper)).map { $0 > 0 } ?? false
            return [.value(converted(isAbove ? upper : lower, type))]
        case (.between(let lower, let upper), false):
            return [step(upper, current, type, up: true), step(lower, current, type, up: false)].compactMap { $0 }
                .map { .value($0) }
        case (.oneOf(let codes), true):
            guard let first = codes.min() else { return [] }
            if type == .set {
                var present: Set<String> = []
                if case .set(let known) = current { present = known }
                return [.codes(codes, .set(present.union([first])))]
            }
            return [.codes(codes, .text(first))]
        case (.oneOf(let codes), false):
            return [.none(of: Set(codes.map { .text($0) }))]
        case (.before(let day), true):
            return step(.date(day), current, type, up: false).map { [.value($0)] } ?? []
        case (.after(let day), true):
            return step(.date(day), current, type, up: true).map { [.value($0)] } ?? []
        case (.before(let day), false), (.after(let day), false):
            return [.value(.date(day))]
        }
    }

    // A whole number demanded of a decimal attribute becomes a decimal, so that differences can be formed.
    private static func converted(_ value: AttributeValue, _ type: AttributeType) -> AttributeValue {
        if case .integer(let number) = value, type == .decimal { return .decimal(DecimalNumber(number)) }
        return value
    }

    private static func step(
        _ bound: AttributeValue, _ current: AttributeValue?, _ type: AttributeType, up: Bool
    ) -> AttributeValue? {
        let value = converted(bound, type)
        switch value {
        case .integer: return combine(value, .integer(1), adding: up)
        case .money: return combine(value, .money(Money(fen: 1)), adding: up)
        case .ratio: return combine(value, .ratio(.basisPoints(1)), adding: up)
        case .decimal(let number):
            var scale = number.scale
            if case .decimal(let known) = current { scale = max(scale, known.scale) }
            return total { () throws(DomainError) in
                let unit = AttributeValue.decimal(try DecimalNumber(unscaled: 1, scale: scale))
                return combine(value, unit, adding: up)
            }
        case .date(let day):
            return total { () throws(DomainError) in .date(try day.adding(days: up ? 1 : -1)) }
        case .boolean, .text, .set:
            return nil
        }
    }

    /// Sum or difference of two values of one type; nil where it cannot be expressed.
    static func combine(_ left: AttributeValue, _ right: AttributeValue, adding: Bool) -> AttributeValue? {
        total { () throws(DomainError) in
            switch (left, right) {
            case (.integer(let a), .integer(let b)):
                let (value, overflow) = adding ? a.addingReportingOverflow(b) : a.subtractingReportingOverflow(b)
                return overflow ? nil : .integer(value)
            case (.money(let a), .money(let b)):
                return .money(adding ? try a.adding(b) : try a.subtracting(b))
            case (.decimal(let a), .decimal(let b)):
                return .decimal(adding ? try a.adding(b) : try a.subtracting(b))
            case (.ratio(let a), .ratio(let b)):
                return .ratio(adding ? try a.adding(b) : try a.subtracting(b))
            default:
                return nil
            }
        }
    }

    static func zero(like value: AttributeValue) -> AttributeValue {
        switch value {
        case .integer: .integer(0)
        case .money: .money(.zero)
        case .decimal: .decimal(DecimalNumber(0))
        case .ratio: .ratio(.whole(0))
        case .boolean, .date, .text, .set: value
        }
    }

    // Beyond the representable range there is no nearest change; that is an answer, not a failure.
    private static func total(_ body: () throws(DomainError) -> AttributeValue?) -> AttributeValue? {
        do throws(DomainError) {
            return try body()
        } catch {
            return nil
        }
    }
}
