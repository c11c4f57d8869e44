import Domain

/// The values of one attribute over all enterprises, by ordinal (ENT-13).
///
/// Whole numbers, money, dates and yes-or-no lie in a dense column; codes in one bitmap each; decimals, ratios and sets,
/// which are rare, in a table. Comparisons are made by the domain's evaluator: once for each span of numbers between those
/// that the comparison names, once for each code, value by value in the table.
struct AttributeColumn: Sendable {
    /// The type of the values; a value of another type goes to the table, where the comparison decides.
    private let type: AttributeType
    private let key: AttributeKey
    private var dense: ContiguousArray<Int64> = []
    private var inDense = OrdinalBits()
    private var codes: [String: Bitmap] = [:]
    private var odd: [UInt32: Fact.State] = [:]

    init(key: AttributeKey, type: AttributeType) {
        self.key = key
        self.type = type
    }

    /// What is known of one enterprise.
    func state(of ordinal: UInt32) -> Fact.State? {
        if inDense.contains(ordinal) { return .value(value(dense[Int(ordinal)])) }
        if let state = odd[ordinal] { return state }
        return codes.first { $0.value.contains(ordinal) }.map { .value(.text($0.key)) }
    }

    /// Stores what is known of an enterprise of which nothing is stored.
    mutating func set(_ state: Fact.State, for ordinal: UInt32) {
        guard case .value(let value) = state, value.type == type else {
            odd[ordinal] = state
            return
        }
        switch value {
        case .integer(let number): store(number, ordinal)
        case .money(let money): store(money.fen, ordinal)
        case .date(let date): store(Int64(date.dayNumber), ordinal)
        case .boolean(let flag): store(flag ? 1 : 0, ordinal)
        case .text(let code): codes[code, default: Bitmap()].insert(ordinal)
        case .decimal, .ratio, .set: odd[ordinal] = state
        }
    }

    /// Forgets an enterprise.
    mutating func remove(_ ordinal: UInt32) {
        inDense.remove(ordinal)
        odd[ordinal] = nil
        for code in Array(codes.keys) { codes[code]?.remove(ordinal) }
    }

    private mutating func store(_ number: Int64, _ ordinal: UInt32) {
        let index = Int(ordinal)
        // Whole words of ordinals, so that a scan needs no special case at the end.
        if index >= dense.count {
            dense.append(contentsOf: repeatElement(0, count: (index | 63) + 1 - dense.count))
        }
        dense[index] = number
        inDense.insert(ordinal)
    }

    private func value(_ number: Int64) -> AttributeValue {
        switch type {
        case .money: return .money(Money(fen: number))
        case .boolean: return .boolean(number != 0)
        case .date:
            do throws(DomainError) {
                return .date(try CivilDate(dayNumber: Int(number)))
            } catch {
                preconditionFailure("only dates are stored in a column of dates")
            }
        case .integer, .decimal, .ratio, .text, .set: return .integer(number)
        }
    }

    /// Whom a comparison holds for, and whom it does not; the others are unknown.
    func evaluate(_ comparison: Comparison) -> Ternary {
        let question = Condition.attribute(key, comparison)
        var result = evaluateDense(question, comparison)
        var met: [UInt32] = []
        var notMet: [UInt32] = []
        for (ordinal, state) in odd {
            switch Self.verdict(question, state) {
            case .met: met.append(ordinal)
            case .notMet: notMet.append(ordinal)
            case .unknown: break
            }
        }
        result.met.add(met)
        result.notMet.add(notMet)
        for (code, members) in codes {
            switch Self.verdict(question, .value(.text(code))) {
            case .met: result.met.formUnion(members)
            case .notMet: result.notMet.formUnion(members)
            case .unknown: break
            }
        }
        return result
    }

    private func evaluateDense(_ question: Condition, _ comparison: Comparison) -> Ternary {
        guard let named = named(in: comparison) else { return evaluateOneByOne(question) }
        var met: [ClosedRange<Int64>] = []
        var notMet: [ClosedRange<Int64>] = []
        for span in spans(around: named) {
            switch Self.verdict(question, .value(value(span.lowerBound))) {
            case .met: met.append(span)
            case .notMet: notMet.append(span)
            case .unknown: break
            }
        }
        return Ternary(met: Bitmap(within(met)), notMet: Bitmap(within(notMet)))
    }

    /// The numbers at which the answer to a comparison can change; nil where they are no numbers of this column, as when
    /// whole numbers are compared with a fraction.
    private func named(in comparison: Comparison) -> [Int64]? {
        let values: [AttributeValue]
        switch comparison {
        case .exists, .oneOf: values = []
        case .equal(let value), .notEqual(let value), .less(let value), .lessOrEqual(let value), .greater(let value),
            .greaterOrEqual(let value):
            values = [value]
        case .between(let lower, let upper): values = [lower, upper]
        case .before(let day), .after(let day): values = [.date(day)]
        }
        var numbers: Set<Int64> = []
        for value in values {
            switch value {
            case .integer(let number) where type == .integer: numbers.insert(number)
            case .money(let money) where type == .money: numbers.insert(money.fen)
            case .date(let date) where type == .date: numbers.insert(Int64(date.dayNumber))
            case .boolean(let flag) where type == .boolean: numbers.insert(flag ? 1 : 0)
            case .boolean, .integer, .decimal, .money, .ratio, .date, .text, .set: return nil
            }
        }
        return numbers.sorted()
    }

    /// Divides all values of the type: each named number by itself, and what lies before, between and behind them.
    private func spans(around named: [Int64]) -> [ClosedRange<Int64>] {
        let bounds: ClosedRange<Int64> =
            switch type {
            case .boolean: 0...1
            case .date: Int64(CivilDate.earliest.dayNumber)...Int64(CivilDate.latest.dayNumber)
            case .integer, .money, .decimal, .ratio, .text, .set: .min ... .max
            }
        var spans: [ClosedRange<Int64>] = []
        var begin = bounds.lowerBound
        for number in named {
            if begin < number { spans.append(begin...number - 1) }
            spans.append(number...number)
            if number == bounds.upperBound { return spans }
            begin = number + 1
        }
        return spans + [begin...bounds.upperBound]
    }

    /// The members of the dense column whose numbers lie in one of the spans.
    private func within(_ spans: [ClosedRange<Int64>]) -> OrdinalBits {
        var words = ContiguousArray<UInt64>(repeating: 0, count: spans.isEmpty ? 0 : inDense.words.count)
        dense.withUnsafeBufferPointer { numbers in
            for span in spans {
                let first = span.lowerBound
                let width = UInt64(bitPattern: span.upperBound &- first)
                for index in words.indices {
                    var word: UInt64 = 0
                    let start = index << 6
                    for bit in 0..<64 {
                        let isInside = UInt64(bitPattern: numbers[start &+ bit] &- first) <= width
                        word |= (isInside ? 1 : 0) &<< UInt64(truncatingIfNeeded: bit)
                    }
                    words[index] |= word & inDense.words[index]
                }
            }
        }
        return OrdinalBits(words: words)
    }

    private func evaluateOneByOne(_ question: Condition) -> Ternary {
        var met = OrdinalBits()
        var notMet = OrdinalBits()
        inDense.forEach { ordinal in
            switch Self.verdict(question, .value(value(dense[Int(ordinal)]))) {
            case .met: met.insert(ordinal)
            case .notMet: notMet.insert(ordinal)
            case .unknown: break
            }
        }
        return Ternary(met: Bitmap(met), notMet: Bitmap(notMet))
    }

    /// The domain's evaluator decides, so that no rule of comparison is written twice.
    private static func verdict(_ question: Condition, _ state: Fact.State) -> Verdict {
        ConditionEvaluator.verdict(of: question, for: SingleFact(state: state))
    }
}

/// One fact, for questions about one attribute.
private struct SingleFact: FactSource {
    let state: Fact.State

    func fact(for key: AttributeKey) -> Fact? { Fact(state) }
    func membership(in list: ListID) -> Sourced<Membership> { Sourced(.unknown) }
    var region: Sourced<RegionCode>? { nil }
    var industry: Sourced<IndustryCode>? { nil }
}

/// The three-valued answer over many enterprises: met, not met, and unknown for all others (POL-4).
struct Ternary: Sendable {
    /// Whose verdict is met.
    var met: Bitmap
    /// Whose verdict is not met.
    var notMet: Bitmap
}
