/// The smallest change that would make an enterprise eligible (ENT-12).
public enum NearestChange {
    // How many alternatives are carried upwards; a few suffice to get round changes that contradict each other.
    private static let alternatives = 4

    /// The smallest list of changes that makes the condition met.
    ///
    /// Fewest changes first. Where, what an enterprise does and the past cannot be changed; what is unknown can be
    /// supplied. Strict bounds are passed by one step: 1 for counts, 1 fen, one unit of the finer last place of a
    /// decimal, a hundredth of a percent for ratios, a day. Every answer has been tried: with it the condition is met.
    ///
    /// - Returns: An empty list when the condition is met already; nil when no change was found that would do.
    public static func find(
        for condition: Condition, facts: some FactSource, attributes: AttributeDictionary = .standard,
        path: String = "condition"
    ) -> [LeafChange]? {
        let search = Search(facts: facts, attributes: attributes)
        return search.plans(condition, wanted: true, path).first { plan in
            ConditionEvaluator.verdict(of: condition, for: ChangedFacts(facts, applying: plan)) == .met
        }
    }

    private struct Search<Source: FactSource> {
        let facts: Source
        let attributes: AttributeDictionary

        /// Plans that bring the condition to met, or to not met; fewest changes first.
        func plans(_ condition: Condition, wanted: Bool, _ path: String) -> [[LeafChange]] {
            if ConditionEvaluator.verdict(of: condition, for: facts) == Verdict(wanted) { return [[]] }
            switch condition {
            case .not(let inner):
                return plans(inner, wanted: !wanted, "\(path).not")
            case .all(let children):
                return choose(wanted ? children.count : 1, children, wanted, "\(path).all")
            case .any(let children):
                return choose(wanted ? 1 : children.count, children, wanted, "\(path).any")
            case .atLeast(let count, of: let children):
                return choose(wanted ? count : children.count - count + 1, children, wanted, "\(path).atLeast")
            case .criterion(let criterion):
                return changes(criterion, wanted, path).map { [$0] }
            }
        }

        /// Plans that bring at least `needed` of the children to the wanted verdict.
        private func choose(
            _ needed: Int, _ children: [Condition], _ wanted: Bool, _ path: String
        ) -> [[LeafChange]] {
            guard needed > 0 else { return [[]] }
            guard needed <= children.count else { return [] }
            // best[n]: plans after the children seen so far, with n of them brought to the wanted verdict.
            var best = [[[LeafChange]]](repeating: [], count: needed + 1)
            best[0] = [[]]
            for (index, child) in children.enumerated() {
                let options = plans(child, wanted: wanted, "\(path)[\(index)]")
                if options.isEmpty { continue }
                for count in stride(from: needed, through: 1, by: -1) {
                    var candidates = best[count]
                    for plan in best[count - 1] {
                        for option in options {
                            if let merged = merge(plan, option) { candidates.append(merged) }
                        }
                    }
                    best[count] = shortest(candidates)
                }
            }
            return best[needed]
        }

        private func shortest(_ plans: [[LeafChange]]) -> [[LeafChange]] {
            var seen: Set<[LeafChange]> = []
            // A stable order by length keeps the condition's own order among equals.
            let ordered = plans.enumerated().sorted { ($0.element.count, $0.offset) < ($1.element.count, $1.offset) }
            return Array(ordered.map(\.element).filter { seen.insert($0).inserted }.prefix(alternatives))
        }

        /// One plan for both; nil when they contradict each other.
        private func merge(_ left: [LeafChange], _ right: [LeafChange]) -> [LeafChange]? {
            var result = left
            for change in right {
                guard let index = result.firstIndex(where: { sameSubject($0.effect, change.effect) }) else {
                    result.append(change)
                    continue
                }
                guard let joined = join(result[index], change) else { return nil }
                result[index] = joined
            }
            return result
        }

        private func sameSubject(_ left: LeafChange.Effect, _ right: LeafChange.Effect) -> Bool {
            switch (left, right) {
            case (.attribute(let a, _), .attribute(let b, _)): a == b
            case (.membership(let a, _), .membership(let b, _)): a == b
            case (.region, .region), (.industry, .industry): true
            case (.attribute, _), (.membership, _), (.region, _), (.industry, _): false
            }
        }

        // Of two changes in the same direction the farther one serves both; the root tries whether it really does.
        private func join(_ left: LeafChange, _ right: LeafChange) -> LeafChange? {
            switch (left.kind, right.kind) {
            case (.increase(_, _, let a), .increase(_, _, let b)):
                return a.order(to: b).map { $0 >= 0 ? left : right }
            case (.decrease(_, _, let a), .decrease(_, _, let b)):
                return a.order(to: b).map { $0 <= 0 ? left : right }
            case (.becomeOneOf(let key, let a), .becomeOneOf(_, let b)):
                guard let code = a.intersection(b).min(), case .attribute(_, let state) = left.effect else {
                    return nil
                }
                return LeafChange(
                    path: left.path, kind: .becomeOneOf(key, a.intersection(b)),
                    effect: .attribute(key, replacing(state, by: code)))
            case (.obtain, _): return right
            case (_, .obtain): return left
            case (.supplyRegion(let a), .supplyRegion(let b)):
                return a.isWithin(b) ? left : b.isWithin(a) ? right : nil
            case (.supply, .supply):
                return satisfies(left.effect, right.kind) ? left : satisfies(right.effect, left.kind) ? right : nil
            default:
                return left.effect == right.effect ? left : nil
            }
        }

        private func satisfies(_ effect: LeafChange.Effect, _ kind: LeafChange.Kind) -> Bool {
            guard case .attribute(_, let state) = effect, case .supply(_, let comparison, let isNegated) = kind else {
                return false
            }
            switch state {
            case .value(let value): return comparison.holds(for: value) == !isNegated
            case .present: return comparison == .exists && !isNegated
            case .absent: return comparison.holdsForAbsence != isNegated
            }
        }

        private func replacing(_ state: Fact.State, by code: String) -> Fact.State {
            if case .value(.set(let codes)) = state { return .value(.set(codes.union([code]))) }
            return .value(.text(code))
        }

        // MARK: Leaves

        private func changes(_ criterion: Criterion, _ wanted: Bool, _ path: String) -> [LeafChange] {
            switch criterion {
            case .attribute(let key, let comparison):
                return changes(key, comparison, wanted, path)
            case .list(let list):
                let kind: LeafChange.Kind
                switch facts.membership(in: list).value {
                case .unknown: kind = .clarifyList(list)
                case .notMember: kind = .joinList(list)
                case .member: kind = .leaveList(list)
                }
                let effect = LeafChange.Effect.membership(list, wanted ? .member : .notMember)
                return [LeafChange(path: path, kind: kind, effect: effect)]
            case .regionWithin(let needed):
                // Moving house is not a change to propose; only a gap in the data can be closed.
                guard wanted, isUnknown(criterion) else { return [] }
                return [LeafChange(path: path, kind: .supplyRegion(within: needed), effect: .region(needed))]
            case .industryWithinAny(let needed):
                guard wanted, isUnknown(criterion) else { return [] }
                let known = facts.industry?.value
                guard let fitting = needed.first(where: { known == nil || known.map($0.isWithin) == true }) else {
                    return []
                }
                return [
                    LeafChange(path: path, kind: .supplyIndustry(withinAny: needed), effect: .industry(fitting))
                ]
            }
        }

        private func isUnknown(_ criterion: Criterion) -> Bool {
            ConditionEvaluator.examine(criterion, facts).verdict == .unknown
        }

        private func changes(
            _ key: AttributeKey, _ comparison: Comparison, _ wanted: Bool, _ path: String
        ) -> [LeafChange] {
            guard let definition = attributes[key] else { return [] }
            let isOpen = isUnknown(.attribute(key, comparison))
            guard isOpen || definition.isChangeable else { return [] }
            let state = facts.fact(for: key)?.state
            let current: AttributeValue? = if case .value(let value) = state, !isOpen { value } else { nil }
            let targets = ChangeTargets.find(comparison, wanted: wanted, current: current, type: definition.type)
            return targets.compactMap { target in
                let kind: LeafChange.Kind
                if isOpen {
                    kind = .supply(key, comparison, isNegated: !wanted)
                } else if let change = target.kind(key: key, current: current) {
                    kind = change
                } else {
                    return nil
                }
                return LeafChange(path: path, kind: kind, effect: .attribute(key, target.state))
            }
        }
    }
}
