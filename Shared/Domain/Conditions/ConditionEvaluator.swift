/// The one evaluator of conditions: at push, at dry run, at application (ENT-12a).
public enum ConditionEvaluator {
    /// The verdict alone, without reasons; stops as soon as it is certain.
    public static func verdict(of condition: Condition, for facts: some FactSource) -> Verdict {
        switch condition {
        case .all(let children):
            var result = Verdict.met
            for child in children {
                result = result.and(verdict(of: child, for: facts))
                if result == .notMet { break }
            }
            return result
        case .any(let children):
            var result = Verdict.notMet
            for child in children {
                result = result.or(verdict(of: child, for: facts))
                if result == .met { break }
            }
            return result
        case .not(let inner):
            return verdict(of: inner, for: facts).negated
        case .atLeast(let count, of: let children):
            return Verdict.atLeast(count, of: children.lazy.map { verdict(of: $0, for: facts) })
        case .criterion(let criterion):
            return examine(criterion, facts).verdict
        }
    }

    /// The verdict with the whole tree of reasons.
    ///
    /// A leaf has decided when every branch above it owes its verdict to it: of an `all` that is not met, the children
    /// that are not met; of one that is unknown, the unknown ones; of one that is met, all; and so on.
    public static func evaluate(
        _ condition: Condition, against facts: some FactSource, path: String = "condition"
    ) -> Evaluation {
        Evaluation(root: decide(node(condition, facts, path), true))
    }

    private static func node(_ condition: Condition, _ facts: some FactSource, _ path: String) -> EvaluationNode {
        func nodes(_ children: [Condition]) -> [EvaluationNode] {
            children.enumerated().map { node($1, facts, "\(path).\(condition.branchName)[\($0)]") }
        }
        let verdict: Verdict
        let kind: EvaluationNode.Kind
        switch condition {
        case .all(let children):
            let nodes = nodes(children)
            verdict = nodes.reduce(.met) { $0.and($1.verdict) }
            kind = .all(nodes)
        case .any(let children):
            let nodes = nodes(children)
            verdict = nodes.reduce(.notMet) { $0.or($1.verdict) }
            kind = .any(nodes)
        case .not(let inner):
            let child = node(inner, facts, "\(path).not")
            verdict = child.verdict.negated
            kind = .not(child)
        case .atLeast(let count, of: let children):
            let nodes = nodes(children)
            verdict = Verdict.atLeast(count, of: nodes.map(\.verdict))
            kind = .atLeast(count, of: nodes)
        case .criterion(let criterion):
            let (found, seen) = examine(criterion, facts)
            verdict = found
            kind = .leaf(criterion, seen: seen)
        }
        return EvaluationNode(path: path, verdict: verdict, decided: false, kind: kind)
    }

    // In every branch the children that decide are those with the branch's own verdict; a negation passes it on.
    private static func decide(_ node: EvaluationNode, _ decided: Bool) -> EvaluationNode {
        func pass(_ children: [EvaluationNode]) -> [EvaluationNode] {
            children.map { decide($0, decided && $0.verdict == node.verdict) }
        }
        let kind: EvaluationNode.Kind
        switch node.kind {
        case .all(let children): kind = .all(pass(children))
        case .any(let children): kind = .any(pass(children))
        case .atLeast(let count, of: let children): kind = .atLeast(count, of: pass(children))
        case .not(let child): kind = .not(decide(child, decided))
        case .leaf: kind = node.kind
        }
        return EvaluationNode(path: node.path, verdict: node.verdict, decided: decided, kind: kind)
    }

    /// Answers one criterion.
    static func examine(_ criterion: Criterion, _ facts: some FactSource) -> (
        verdict: Verdict, seen: EvaluationNode.Seen
    ) {
        switch criterion {
        case .attribute(let key, let comparison):
            return examine(comparison, facts.fact(for: key))
        case .list(let list):
            let standing = facts.membership(in: list)
            return (
                standing.value.verdict,
                EvaluationNode.Seen(value: .membership(standing.value), provenance: standing.provenance)
            )
        case .regionWithin(let needed):
            guard let known = facts.region else { return (.unknown, EvaluationNode.Seen(value: .nothing)) }
            let seen = EvaluationNode.Seen(value: .region(known.value), provenance: known.provenance)
            if known.value.isWithin(needed) { return (.met, seen) }
            // An enterprise known to lie in the city may lie in the county that is needed.
            return (needed.isWithin(known.value) ? .unknown : .notMet, seen)
        case .industryWithinAny(let needed):
            guard let known = facts.industry else { return (.unknown, EvaluationNode.Seen(value: .nothing)) }
            let seen = EvaluationNode.Seen(value: .industry(known.value), provenance: known.provenance)
            if needed.contains(where: { known.value.isWithin($0) }) { return (.met, seen) }
            return (needed.contains { $0.isWithin(known.value) } ? .unknown : .notMet, seen)
        }
    }

    private static func examine(_ comparison: Comparison, _ fact: Fact?) -> (
        verdict: Verdict, seen: EvaluationNode.Seen
    ) {
        guard let fact else { return (.unknown, EvaluationNode.Seen(value: .nothing)) }
        switch fact.state {
        case .value(let value):
            guard let holds = comparison.holds(for: value) else {
                return (.unknown, EvaluationNode.Seen(value: .incomparable(value), provenance: fact.provenance))
            }
            return (Verdict(holds), EvaluationNode.Seen(value: .attribute(value), provenance: fact.provenance))
        case .present:
            let seen = EvaluationNode.Seen(value: .present, provenance: fact.provenance)
            return (comparison == .exists ? .met : .unknown, seen)
        case .absent:
            let seen = EvaluationNode.Seen(value: .absent, provenance: fact.provenance)
            return (Verdict(comparison.holdsForAbsence), seen)
        }
    }
}
