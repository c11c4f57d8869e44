import Foundation

/// The piece of a text around the words that a query found, with the words between ⟦ and ⟧ (POL-9).
public struct SearchSnippet: Sendable {
    /// Longest piece, in Unicode scalars without the marks.
    public static let longest = 96
    /// Characters before the first word.
    private static let lead = 16

    /// The piece; empty for an empty text.
    public let text: String
    /// How many different grams of the query were found in the whole text.
    public let found: Int

    /// Looks for a query in a text.
    public init(of original: String, query: SearchQuery) {
        let text = original.precomposedStringWithCanonicalMapping
        let scalars = Array(text.unicodeScalars)
        let wanted = Set(query.grams)
        let tokens = SearchText(text).tokens
        var marked = [Bool](repeating: false, count: scalars.count)
        var seen: Set<String> = []
        for (index, token) in tokens.enumerated() {
            if wanted.contains(token.text) {
                seen.insert(token.text)
                for position in token.range { marked[position] = true }
            }
            if index > 0, let pair = SearchText.pair(tokens[index - 1], token), wanted.contains(pair) {
                seen.insert(pair)
                for position in tokens[index - 1].range.lowerBound..<token.range.upperBound { marked[position] = true }
            }
        }
        found = seen.count
        self.text = Self.piece(of: scalars, marked: marked)
    }

    private static func piece(of scalars: [Unicode.Scalar], marked: [Bool]) -> String {
        let start = max(0, (marked.firstIndex(of: true) ?? 0) - lead)
        let end = min(scalars.count, start + longest)
        var piece = String.UnicodeScalarView()
        if start > 0 { piece.append("…") }
        var isOpen = false
        for position in start..<end {
            if marked[position] != isOpen {
                piece.append(isOpen ? "⟧" : "⟦")
                isOpen.toggle()
            }
            let scalar = scalars[position]
            // The marks themselves must stay unambiguous, and a snippet is one line.
            switch scalar {
            case "⟦": piece.append("[")
            case "⟧": piece.append("]")
            case _: piece.append(scalar.properties.isWhitespace || scalar.value < 0x20 ? " " : scalar)
            }
        }
        if isOpen { piece.append("⟧") }
        if end < scalars.count { piece.append("…") }
        return String(piece)
    }
}
