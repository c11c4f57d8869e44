import Domain

/// The points of one leaf for all units, in millionths. Values have at most 10¹⁸ millionths, so every product below
/// stays in 128 bits.
struct LeafScoring: Sendable {
    private static let one = Int128(FixedNumber.one)
    /// Growth is worked out with twelve decimals, rounded half away from zero.
    private static let growthUnit: Int128 = 1_000_000_000_000
    private static let hundred = 100 * FixedNumber.one

    private let function: ScoringFunction
    private let direction: Direction
    private let inputs: [LeafInput]
    private let month: Int
    /// Growth of all units together; nil when it cannot be told.
    private let meanGrowth: Int128?
    /// The bounds of the efficacy coefficient.
    private let bounds: (floor: Int64, best: Int64)?
    /// Points by unit for ranks.
    private let byRank: [Int64?]

    init(function: ScoringFunction, direction: Direction, inputs: [LeafInput], month: Int) {
        self.function = function
        self.direction = direction
        self.inputs = inputs
        self.month = month
        var mean: Int128?
        var bounds: (floor: Int64, best: Int64)?
        var byRank: [Int64?] = []
        switch function {
        case .growth:
            var (now, before) = (Int128(0), Int128(0))
            for input in inputs {
                guard let value = input.value, let earlier = input.earlier, earlier > 0 else { continue }
                now += Int128(value)
                before += Int128(earlier)
            }
            if before > 0 { mean = roundedHalfUp(now * Self.growthUnit, by: before) }
        case .efficacy(let floor, let best):
            let values = inputs.compactMap(\.value)
            let sorted = (low: values.min(), high: values.max())
            let worst = direction == .more ? sorted.low : sorted.high
            let top = direction == .more ? sorted.high : sorted.low
            if let floor = floor?.millionths ?? worst, let best = best?.millionths ?? top { bounds = (floor, best) }
        case .rankSteps(let steps):
            byRank = Ranking(inputs.map(\.value), direction: direction).ranks.map { rank in
                rank == 0 ? nil : steps.first { rank <= $0.upTo }?.points.millionths ?? 0
            }
        case .completion, .scheduledProgress, .threshold, .veto, .bonus, .deduction:
            break
        }
        meanGrowth = mean
        self.bounds = bounds
        self.byRank = byRank
    }

    /// The points of a unit; nil when something is missing.
    func points(_ unit: Int) -> Int64? {
        let input = inputs[unit]
        guard let value = input.value else { return nil }
        switch function {
        case .completion(let cap, let floor):
            guard let target = input.target else { return nil }
            let points = completion(value, target, cap: cap.millionths)
            return points < floor.millionths ? 0 : points
        case .scheduledProgress(let cap, let due):
            guard let target = input.target else { return nil }
            if target <= 0 { return value >= 0 ? min(Self.hundred, cap.millionths) : 0 }
            // Numerators stay below 10^18 · 10^4 · 10^12, denominators below 10^18 · 10^8.
            let share = due.isEmpty ? nil : Int128(due[month - 1].millionths)
            let numerator = Int128(value) * 100 * Self.one * (share == nil ? 12 : 100 * Self.one)
            let denominator = Int128(target) * (share ?? Int128(month))
            return Self.held(roundedHalfUp(numerator, by: denominator), 0, cap.millionths)
        case .growth(let atMean, let perPercent, let cap):
            guard let meanGrowth, let earlier = input.earlier, earlier > 0 else { return nil }
            let growth = roundedHalfUp(Int128(value) * Self.growthUnit, by: Int128(earlier))
            // Beyond a thousand million percent the cap or 0 is reached anyway; the bound keeps the product small.
            let bound = Self.growthUnit * 10_000_000
            let difference = min(max(growth - meanGrowth, -bound), bound)
            let change = roundedHalfUp(difference * 100 * Int128(perPercent.millionths), by: Self.growthUnit)
            return Self.held(Int128(atMean.millionths) + change, 0, cap.millionths)
        case .efficacy:
            guard let bounds else { return nil }
            let width = Int128(bounds.best) - Int128(bounds.floor)
            guard width != 0 else { return Self.hundred }
            let distance = Int128(value) - Int128(bounds.floor)
            let sign: Int128 = width < 0 ? -1 : 1
            let position = roundedHalfUp(sign * distance * 40 * Self.one, by: sign * width)
            return Self.held(60 * Self.one + position, 60 * FixedNumber.one, Self.hundred)
        case .rankSteps:
            return byRank[unit]
        case .threshold(let limit):
            return direction.isBetter(limit.millionths, than: value) ? 0 : Self.hundred
        case .veto(let limit):
            return direction.isBetter(limit.millionths, than: value) ? 0 : Self.hundred
        case .bonus(let points, let cap), .deduction(let points, let cap):
            return Self.held(
                roundedHalfUp(Int128(value) * Int128(points.millionths), by: Self.one), 0, cap.millionths)
        }
    }

    /// A target of 0 is met by any value on its good side.
    private func completion(_ value: Int64, _ target: Int64, cap: Int64) -> Int64 {
        switch direction {
        case .more:
            if target <= 0 { return value >= target ? min(Self.hundred, cap) : 0 }
            return Self.held(roundedHalfUp(Int128(value) * 100 * Self.one, by: Int128(target)), 0, cap)
        case .less:
            if value <= 0 { return cap }
            return Self.held(roundedHalfUp(Int128(target) * 100 * Self.one, by: Int128(value)), 0, cap)
        }
    }

    private static func held(_ value: Int128, _ low: Int64, _ high: Int64) -> Int64 {
        Int64(min(max(value, Int128(low)), Int128(high)))
    }

    /// The arithmetic of a unit, written out (ASM-15).
    func arithmetic(_ unit: Int) -> String {
        let input = inputs[unit]
        guard let value = input.value else { return "no value: 0" }
        func text(_ millionths: Int64) -> String { FixedNumber(millionths: millionths).description }
        let points = points(unit).map(text) ?? "missing: 0"
        switch function {
        case .completion(let cap, let floor):
            let target = input.target.map(text) ?? "no target"
            let quotient = direction == .more ? "\(text(value)) / \(target)" : "\(target) / \(text(value))"
            return "\(quotient) × 100, at most \(cap), 0 below \(floor) = \(points)"
        case .scheduledProgress(let cap, let due):
            let share = due.isEmpty ? "\(month)/12" : "\(due[month - 1])%"
            let target = input.target.map(text) ?? "no target"
            return "\(text(value)) / (\(target) × \(share)) × 100, at most \(cap) = \(points)"
        case .growth(let atMean, let perPercent, let cap):
            let earlier = input.earlier.map(text) ?? "no earlier value"
            let mean = meanGrowth.map { text(Int64($0 / 1_000_000)) } ?? "unknown"
            return "\(atMean) + (\(text(value)) / \(earlier) − \(mean)) × 100 × \(perPercent), 0 to \(cap) = \(points)"
        case .efficacy:
            let floor = bounds.map { text($0.floor) } ?? "none"
            let best = bounds.map { text($0.best) } ?? "none"
            return "60 + 40 × (\(text(value)) − \(floor)) / (\(best) − \(floor)), 60 to 100 = \(points)"
        case .rankSteps:
            let rank = Ranking(inputs.map(\.value), direction: direction).ranks[unit]
            return "rank \(rank) of \(inputs.count { $0.value != nil }) with \(text(value)) = \(points)"
        case .threshold(let limit):
            return "\(text(value)) against the limit \(limit) = \(points)"
        case .veto(let limit):
            return "\(text(value)) against the veto at \(limit): \(points == "0" ? "vetoed" : "passed")"
        case .bonus(let rate, let cap):
            return "\(text(value)) × \(rate), at most \(cap) = \(points)"
        case .deduction(let rate, let cap):
            return "−\(text(value)) × \(rate), at most \(cap) = −\(points)"
        }
    }
}

extension Scoring {
    /// The arithmetic of one leaf for one unit, written out; nil when there is no such leaf or unit.
    public func arithmetic(of code: NodeCode, unit: UnitID, _ inputs: ScoringInputs) -> String? {
        guard let node = content.nodes.first(where: { $0.code == code }),
            case .leaf(let indicator, let function) = node.content,
            let place = inputs.indicators.firstIndex(of: indicator), let column = inputs.units.firstIndex(of: unit)
        else { return nil }
        let leaf = LeafScoring(
            function: function, direction: inputs.directions[place], inputs: inputs.leaves[place], month: month)
        let weight = function.isWeighted ? "; × \(node.weight) / 100" : ""
        return leaf.arithmetic(column) + weight
    }
}
