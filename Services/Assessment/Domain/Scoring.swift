import Domain

/// Scores a whole tier at once (ASM-8, ASM-10): pure, exact, the same on every machine.
///
/// Points of a leaf are rounded half away from zero to six decimals, and so are they after weighting; everything else
/// is addition. The parts shown therefore add up to the score, to the last decimal.
public struct Scoring: Sendable {
    let content: SchemeContent
    let month: Int

    /// Scores by a scheme for a period.
    public init(_ content: SchemeContent, period: AssessmentPeriod) {
        self.content = content
        month = period.lastMonth
    }

    /// The scores of all units, in the order of rank and slug.
    ///
    /// - Parameter inputs: hold every indicator of the scheme; one that they lack is missing for every unit.
    public func scores(_ inputs: ScoringInputs) -> [UnitScore] {
        let count = inputs.units.count
        let places = Dictionary(uniqueKeysWithValues: inputs.indicators.enumerated().map { ($1, $0) })
        var columns: [[NodeScore]] = []
        columns.reserveCapacity(content.nodes.count)
        var totals = [Int64](repeating: 0, count: count)
        var bonuses = totals
        var deductions = totals
        var vetoes = [Bool](repeating: false, count: count)
        for node in content.nodes {
            switch node.content {
            case .branch:
                columns.append(Array(repeating: NodeScore(points: nil, weighted: 0, isMissing: false), count: count))
            case .leaf(let indicator, let function):
                guard let place = places[indicator] else {
                    columns.append(Array(repeating: NodeScore(points: 0, weighted: 0, isMissing: true), count: count))
                    continue
                }
                let leaf = LeafScoring(
                    function: function, direction: inputs.directions[place], inputs: inputs.leaves[place], month: month)
                var column: [NodeScore] = []
                column.reserveCapacity(count)
                for unit in 0..<count {
                    let points = leaf.points(unit)
                    var score = NodeScore(points: points ?? 0, weighted: 0, isMissing: points == nil)
                    switch function {
                    case .completion, .scheduledProgress, .growth, .efficacy, .rankSteps, .threshold:
                        score.weighted = Int64(
                            roundedHalfUp(
                                Int128(node.weight.millionths) * Int128(points ?? 0), by: 100 * Int128(FixedNumber.one))
                        )
                        totals[unit] += score.weighted
                    case .bonus:
                        let isEligible = content.bonusUnits.isEmpty || content.bonusUnits.contains(inputs.units[unit])
                        score.weighted = isEligible ? points ?? 0 : 0
                        bonuses[unit] += score.weighted
                    case .deduction:
                        score.weighted = -(points ?? 0)
                        deductions[unit] += points ?? 0
                    case .veto:
                        if points == 0, !score.isMissing { vetoes[unit] = true }
                    }
                    column.append(score)
                }
                columns.append(column)
            }
        }
        addUpBranches(&columns)
        return ranked(
            inputs, columns: columns, totals: totals, bonuses: bonuses, deductions: deductions, vetoes: vetoes)
    }

    /// Gives every branch the sum of what lies under it; children stand behind their parents, so one pass from the end
    /// is enough.
    private func addUpBranches(_ columns: inout [[NodeScore]]) {
        let places = Dictionary(uniqueKeysWithValues: content.nodes.enumerated().map { ($1.code, $0) })
        for (place, node) in content.nodes.enumerated().reversed() {
            guard let parent = node.parent.flatMap({ places[$0] }) else { continue }
            for unit in columns[place].indices { columns[parent][unit].weighted += columns[place][unit].weighted }
        }
    }

    private func ranked(
        _ inputs: ScoringInputs, columns: [[NodeScore]], totals: [Int64], bonuses: [Int64], deductions: [Int64],
        vetoes: [Bool]
    ) -> [UnitScore] {
        let bonuses = bonuses.map { min($0, content.bonusCap.millionths) }
        let scores = totals.indices.map { vetoes[$0] ? 0 : max(0, totals[$0] + bonuses[$0] - deductions[$0]) }
        let ranks = Ranking(scores.map { Optional($0) }, direction: .more)
        // Units are in the order of their slugs already, and the order of places breaks ties.
        let order = scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
        return order.map { unit in
            UnitScore(
                unit: inputs.units[unit], score: scores[unit], weighted: totals[unit], bonus: bonuses[unit],
                deduction: deductions[unit], isVetoed: vetoes[unit], rank: ranks.ranks[unit], tied: ranks.tied[unit],
                earlierRank: inputs.earlierRanks[unit], nodes: columns.map { $0[unit] })
        }
    }
}

/// Ranks of values: the best is 1, equal values share a rank, and the next rank counts them all (ASM-10).
public struct Ranking: Sendable {
    /// Rank of each value; 0 where there is none.
    public private(set) var ranks: [Int]
    /// How many share it; 0 where there is none.
    public private(set) var tied: [Int]

    /// Ranks values.
    public init(_ values: [Int64?], direction: Direction) {
        ranks = Array(repeating: 0, count: values.count)
        tied = ranks
        let present = values.indices.compactMap { index in values[index].map { (index: index, value: $0) } }
        let order = present.sorted { direction.isBetter($0.value, than: $1.value) }
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, order[end].value == order[start].value { end += 1 }
            for place in start..<end {
                ranks[order[place].index] = start + 1
                tied[order[place].index] = end - start
            }
            start = end
        }
    }
}
