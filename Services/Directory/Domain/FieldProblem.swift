/// What is wrong with one field of something that is about to be created (XCT-12).
public struct FieldProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// Name of the field, as the contract spells it.
    public let field: String
    /// What the field has to be, in English.
    public let expectation: String

    /// A problem with a field.
    public init(_ field: String, _ expectation: String) {
        self.field = field
        self.expectation = expectation
    }

    /// Field and expectation.
    public var description: String { "\(field): \(expectation)" }
}

/// Form of the names that machines exchange.
enum SlugForm {
    /// Whether a text starts with a letter and goes on with letters and digits, parted by single separators.
    static func isValid(_ text: String, separators: Set<Character>, length: ClosedRange<Int>) -> Bool {
        guard length.contains(text.utf8.count) else { return false }
        var previousIsSeparator = true
        for (index, character) in text.enumerated() {
            if separators.contains(character) {
                if previousIsSeparator { return false }
                previousIsSeparator = true
                continue
            }
            let isLetter = ("a"..."z").contains(character) && character.utf8.count == 1
            let isDigit = ("0"..."9").contains(character) && character.utf8.count == 1
            guard isLetter || (isDigit && index > 0) else { return false }
            previousIsSeparator = false
        }
        return !previousIsSeparator
    }
}
