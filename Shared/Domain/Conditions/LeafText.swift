/// The parts of one leaf's line, for those who lay them out themselves (ENT-12).
public struct LeafText: Hashable, Sendable {
    /// What was looked at.
    public let subject: BilingualText
    /// The value seen, in Chinese; empty when nothing is known.
    public let seen: String
    /// The value needed, in Chinese.
    public let needed: String
    /// The whole line.
    public let line: BilingualText
}

extension ExplanationText {
    /// The parts of a leaf's line; nil for a branch.
    public func parts(of node: EvaluationNode) -> LeafText? {
        guard case .leaf(let criterion, let seen) = node.kind, let chinese = render(node, .chinese),
            let english = render(node, .english)
        else { return nil }
        let shown = describe(seen, criterion, .chinese)
        return LeafText(
            subject: subject(of: criterion), seen: seen.value == .nothing ? "" : String(shown.drop { $0 == " " }),
            needed: needed(by: criterion, .chinese), line: BilingualText(chinese, english))
    }
}
