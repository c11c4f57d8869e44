import Foundation

/// A text taken apart for searching (POL-9): every Chinese character is a token, every run of letters and digits is one.
///
/// Width and case are folded (ＧＤＰ is gdp), and so are compatibility forms. Punctuation and space part words but are
/// otherwise ignored, so that “双50强”企业 is found as 双50强企业. Any input gives a result.
public struct SearchText: Sendable {
    /// A Chinese character, or a word of letters and digits.
    public struct Token: Hashable, Sendable {
        /// The folded text.
        public let text: String
        /// Whether it is a single character of a script that is written without spaces.
        public let isCharacter: Bool
        /// Where it stands in the original, in Unicode scalars.
        public let range: Range<Int>
    }

    /// Number of this way of taking texts apart; raised with every change, so that what was indexed before is renewed.
    public static let format = 1

    /// Longest word that is kept whole, in Unicode scalars; what follows is another word.
    static let longestWord = 64

    /// The tokens from left to right.
    public let tokens: [Token]

    /// Takes a text apart.
    public init(_ text: String) {
        var tokens: [Token] = []
        var word = ""
        var wordLength = 0
        var wordStart = 0
        func endWord(at position: Int) {
            guard wordLength > 0 else { return }
            tokens.append(Token(text: word, isCharacter: false, range: wordStart..<position))
            word = ""
            wordLength = 0
        }
        var position = 0
        for scalar in text.precomposedStringWithCanonicalMapping.unicodeScalars {
            for folded in Self.fold(scalar) {
                switch Self.role(of: folded) {
                case .character:
                    endWord(at: position)
                    tokens.append(Token(text: String(folded), isCharacter: true, range: position..<position + 1))
                case .word:
                    if wordLength >= Self.longestWord { endWord(at: position) }
                    if wordLength == 0 { wordStart = position }
                    word.unicodeScalars.append(folded)
                    wordLength += 1
                case .separator:
                    endWord(at: position)
                }
            }
            position += 1
        }
        endWord(at: position)
        self.tokens = tokens
    }

    init(tokens: [Token]) { self.tokens = tokens }

    /// The tokens as one text in which a phrase is found by comparing: characters stand together, every word between
    /// single spaces, so that a word is never found within another.
    public var skeleton: String {
        var text = ""
        var endsInSpace = false
        for token in tokens {
            if token.isCharacter {
                text += token.text
                endsInSpace = false
            } else {
                text += endsInSpace ? "" : " "
                text += token.text + " "
                endsInSpace = true
            }
        }
        return text
    }

    /// Everything under which the text is found: single characters, words, and neighbours of which at least one is a
    /// character.
    public var indexGrams: Set<String> {
        var grams = Set(tokens.map(\.text))
        for index in tokens.indices.dropFirst() {
            if let pair = Self.pair(tokens[index - 1], tokens[index]) { grams.insert(pair) }
        }
        return grams
    }

    /// What a search for this text asks for: its neighbours, and what has none.
    public var queryGrams: [String] {
        var grams: [String] = []
        for (index, token) in tokens.enumerated() {
            let before = index > 0 ? Self.pair(tokens[index - 1], token) : nil
            let after = index + 1 < tokens.count ? Self.pair(token, tokens[index + 1]) : nil
            if let before { grams.append(before) }
            if before == nil, after == nil { grams.append(token.text) }
        }
        return grams
    }

    static func pair(_ left: Token, _ right: Token) -> String? {
        switch (left.isCharacter, right.isCharacter) {
        case (true, true): left.text + right.text
        case (true, false), (false, true): left.text + " " + right.text
        case (false, false): nil
        }
    }

    /// Whether a scalar parts words: punctuation, space, symbols.
    static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        fold(scalar).allSatisfy { role(of: $0) == .separator }
    }

    private enum Role {
        case character
        case word
        case separator
    }

    private static func role(of scalar: Unicode.Scalar) -> Role {
        switch scalar.value {
        case 0x30...0x39, 0x61...0x7A: return .word
        case 0..<0x80: return .separator
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x3FFFF: return .character
        case 0x3040...0x30FF, 0xAC00...0xD7AF: return isLetter(scalar) ? .character : .separator
        case _: break
        }
        if scalar.properties.isIdeographic { return .character }
        return isLetter(scalar) ? .word : .separator
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
            true
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol,
            .spaceSeparator, .lineSeparator, .paragraphSeparator, .control, .format, .surrogate, .privateUse,
            .unassigned:
            false
        @unknown default:
            false
        }
    }

    /// A scalar in its compatibility form and lower case; most stay as they are.
    private static func fold(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        switch scalar.value {
        case 0x41...0x5A: return [Unicode.Scalar(UInt8(scalar.value + 0x20))]
        case 0..<0x80, 0x4E00...0x9FFF: return [scalar]
        case _:
            let folded = String(scalar).precomposedStringWithCompatibilityMapping.lowercased()
            return Array(folded.precomposedStringWithCompatibilityMapping.unicodeScalars)
        }
    }
}
