import Foundation

/// What a person typed into the search field (POL-9). Every input is a query; none is an error.
public struct SearchQuery: Sendable {
    /// One part of the query.
    public struct Term: Sendable {
        /// The tokens of the part.
        public let text: SearchText
        /// Whether it stood between quotation marks, and so must be found as it stands.
        public let isPhrase: Bool
    }

    /// Longest query that is looked at, in Unicode scalars; the rest is left out.
    public static let longest = 200

    /// The parts that hold anything to search for.
    public let terms: [Term]
    /// Whether nothing but space was typed, which asks for everything.
    public let isBlank: Bool

    /// Reads a query.
    public init(_ text: String) {
        let bounded = String(String.UnicodeScalarView(text.unicodeScalars.prefix(Self.longest)))
        isBlank = bounded.unicodeScalars.allSatisfy(\.properties.isWhitespace)
        var part = String.UnicodeScalarView()
        var isQuoted = false
        var pieces: [(text: String.UnicodeScalarView, isPhrase: Bool)] = []
        for scalar in bounded.unicodeScalars {
            if Self.quotes.contains(scalar) {
                pieces.append((part, isQuoted))
                part = String.UnicodeScalarView()
                isQuoted.toggle()
            } else {
                part.append(scalar)
            }
        }
        // A mark that was never closed quotes nothing.
        pieces.append((part, false))
        terms = pieces.flatMap { piece in
            let parts = piece.isPhrase ? [piece.text[...]] : piece.text.split(whereSeparator: SearchText.isSeparator)
            return parts.map { Term(text: SearchText(String($0)), isPhrase: piece.isPhrase) }
        }.filter { !$0.text.tokens.isEmpty }
    }

    private static let quotes: Set<Unicode.Scalar> = ["\"", "\u{FF02}", "“", "”", "„", "「", "」", "『", "』"]

    /// Distinct grams in their order; all of them stand in a full match.
    public var grams: [String] {
        var seen: Set<String> = []
        return terms.flatMap(\.text.queryGrams).filter { seen.insert($0).inserted }
    }

    /// The quoted parts, as ``SearchText/skeleton`` writes them.
    public var phrases: [String] { terms.filter(\.isPhrase).map(\.text.skeleton) }

    /// All parts, as ``SearchText/skeleton`` writes them; found as they stand they raise the relevance.
    public var skeletons: [String] { terms.map(\.text.skeleton) }

    /// How many grams a text needs at least when no text has them all: a quarter, but one.
    public var leastGrams: Int { max(1, grams.count / 4) }
}
