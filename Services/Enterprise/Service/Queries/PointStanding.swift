import Domain
import EnterpriseDomain

/// One point for one enterprise: verdict with reasons, estimate, nearest change (ENT-12).
struct PointStanding: Sendable {
    let point: PointCatalogue.Point
    let verdict: Verdict
    let standing: Standing
    /// Nil for a point without condition.
    let evaluation: Evaluation?
    /// Nil for a point without benefit, or where the sum is beyond 64 bits.
    let estimate: Estimate?
    /// Empty when nothing is to be changed, or no change is known.
    let changes: [LeafChange]
    let isInAudience: Bool
    let equalDimensions: Int

    /// Holds an enterprise against a point by the same evaluator and the same facts as every audience (ENT-12a).
    init(_ point: PointCatalogue.Point, _ subject: MatchSubject) {
        self.point = point
        let terms = point.terms
        evaluation = terms.condition.map { ConditionEvaluator.evaluate($0, against: subject.facts) }
        verdict = evaluation?.verdict ?? .met
        changes =
            verdict == .met
            ? [] : terms.condition.flatMap { NearestChange.find(for: $0, facts: subject.facts) } ?? []
        standing = Standing(verdict, hasNearestChange: !changes.isEmpty)
        estimate = terms.benefit.flatMap { try? BenefitEstimator.estimate($0, facts: subject.facts) }
        isInAudience = point.isInForce && terms.membership(of: subject) != nil
        equalDimensions = AudienceRule.equalDimensions(terms.tags, subject.tags)
    }

    /// The place in a list: standing, then the greater sum, then the identifier.
    var sortKey: SortKey {
        SortKey(standing: standing.rawValue, fen: estimate?.money?.fen ?? 0, point: point.id)
    }

    /// Where a point stands in a list.
    struct SortKey: Comparable {
        let standing: Int
        let fen: Int64
        let point: String

        static func < (left: SortKey, right: SortKey) -> Bool {
            (left.standing, right.fen, left.point) < (right.standing, left.fen, right.point)
        }
    }
}
