import CommonContracts
import Domain

extension Evaluation {
    /// The tree of reasons on the wire, with the lines that people read (ENT-12).
    ///
    /// - Parameter text: renders leaves in both languages, with the names of regions and lists.
    public func wire(text: ExplanationText) -> Zhitongche_Common_V1_Explanation { root.wire(text: text) }
}

extension EvaluationNode {
    func wire(text: ExplanationText) -> Zhitongche_Common_V1_Explanation {
        .with {
            $0.verdict = verdict.wire
            $0.decisive = decided
            switch kind {
            case .all(let parts):
                $0.kind = .all
                $0.parts = parts.map { $0.wire(text: text) }
            case .any(let parts):
                $0.kind = .any
                $0.parts = parts.map { $0.wire(text: text) }
            case .not(let inner):
                $0.kind = .not
                $0.parts = [inner.wire(text: text)]
            case .atLeast(_, of: let parts):
                $0.kind = .atLeast
                $0.parts = parts.map { $0.wire(text: text) }
            case .leaf(let criterion, let seen):
                $0.kind = .leaf
                $0.leaf = leaf(criterion, seen, text)
            }
        }
    }

    private func leaf(
        _ criterion: Criterion, _ seen: Seen, _ text: ExplanationText
    ) -> Zhitongche_Common_V1_LeafExplanation {
        .with {
            $0.subject = criterion.subjectName
            if let parts = text.parts(of: self) {
                $0.label = parts.subject.wire
                $0.seen = parts.seen
                $0.needed = parts.needed
                $0.text = parts.line.wire
            }
            if let provenance = seen.provenance {
                $0.source = provenance.sourceUnit
                if let asOf = provenance.asOf { $0.asOf = asOf.wire }
            }
        }
    }
}

extension Criterion {
    /// What was looked at: an attribute's key, `list:…`, `region` or `industry`.
    var subjectName: String {
        switch self {
        case .attribute(let key, _): key.text
        case .list(let list): "list:\(list.text)"
        case .regionWithin: "region"
        case .industryWithinAny: "industry"
        }
    }
}
