import Domain

/// The values of one attribute over all enterprises, by ordinal (ENT-13).
///
/// Whole numbers, money, dates and yes-or-no lie in a dense column; codes in one bitmap each; decimals, ratios and sets,
/// which are rare, in a table. Comparisons are made by the domain's evaluator, value by value or
/// code by code.
struct AttributeColumn: Sendable {
    /// The type of the values; a value of another type goes to the table, where the comparison decides.
    private let type: AttributeType
    private let key: AttributeKey
    private var dense: ContiguousArray<Int64> = []
    private var inDense = Bitmap()
    private var codes: [String: Bitmap] = [:]
    private var odd: [UInt32: Fact.State] = [:]

    init(key: AttributeKey, type: AttributeType) {
        self.key = key
        self.type = type
    }

    /// Enterprises of which a value, its existence or its absence is known.
    var isEmpty: Bool { inDense.isEmpty && odd.isEmpty && codes.values.allSatisfy(\.isEmpty) }

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
        if index >= dense.count {
            dense.append(contentsOf: repeatElement(0, count: index + 1 - dense.count))
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
        var met: [UInt32] = []
        var notMet: [UInt32] = []
        for ordinal in inDense.ordinals {
            switch Self.verdict(question, .value(value(dense[Int(ordinal)]))) {
            case .met: met.append(ordinal)
            case .notMet: notMet.append(ordinal)
            case .unknown: break
            }
        }
        for (ordinal, state) in odd {
            switch Self.verdict(question, state) {
            case .met: met.append(ordinal)
            case .notMet: notMet.append(ordinal)
            case .unknown: break
            }
        }
        var result = Ternary(met: Bitmap(met), notMet: Bitmap(notMet))
        for (code, members) in codes {
            switch Self.verdict(question, .value(.text(code))) {
            case .met: result.met.formUnion(members)
            case .notMet: result.notMet.formUnion(members)
            case .unknown: break
            }
        }
        return result
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
