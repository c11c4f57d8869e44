import Domain

/// A value that a template may show.
public enum TemplateVariable: String, Hashable, Sendable, CaseIterable {
    /// Title of the policy point.
    case title
    /// Verdict on the reader's enterprise, in words.
    case verdict
    /// What the reader's enterprise would obtain, in words.
    case estimate
    /// Number of the case or project.
    case number
    /// Last day of the limit.
    case due
    /// The light of the project, in words.
    case light
    /// The result of the pre-assessment, in words.
    case result
    /// The period of the assessment, in words.
    case period
    /// The unit's score.
    case score
    /// The unit's rank.
    case rank
}

/// A text with variables in double braces, checked when it is made (NTF-3).
public struct Template: Hashable, Sendable {
    private enum Piece: Hashable, Sendable {
        case text(String)
        case variable(TemplateVariable)
    }

    /// The text as it was written.
    public let source: String
    private let pieces: [Piece]

    /// Reads a template.
    ///
    /// - Parameters:
    ///   - variables: those that the event can fill.
    ///   - limit: the greatest length in characters.
    ///   - field: the field's path, for the error.
    /// - Throws: `DomainError` naming `field` for a text too long, with control characters other than line breaks,
    ///   with braces that are not closed, or with a variable that is unknown or that the event cannot fill.
    public init(
        _ source: String, variables: Set<TemplateVariable>, limit: Int, field: String
    ) throws(DomainError) {
        guard source.unicodeScalars.count <= limit else {
            throw DomainError(field, .outOfRange("at most \(limit) characters"))
        }
        for scalar in source.unicodeScalars where Escaping.isHidden(scalar) && scalar != "\n" {
            throw DomainError(field, .malformed(expected: "text without control characters"))
        }
        var pieces: [Piece] = []
        var rest = source[...]
        while let opening = Self.find("{{", in: rest) {
            if opening.lowerBound > rest.startIndex {
                pieces.append(.text(String(rest[rest.startIndex..<opening.lowerBound])))
            }
            guard let closing = Self.find("}}", in: rest[opening.upperBound...]) else {
                throw DomainError(field, .malformed(expected: "closed by }} after every {{"))
            }
            let name = Self.trimmed(rest[opening.upperBound..<closing.lowerBound])
            guard let variable = TemplateVariable(rawValue: name), variables.contains(variable) else {
                let shown = Escaping.plainText.apply(to: String(name.prefix(32)))
                throw DomainError(field, .unknown("variable {{\(shown)}}"))
            }
            pieces.append(.variable(variable))
            rest = rest[closing.upperBound...]
        }
        guard Self.find("}}", in: rest) == nil else {
            throw DomainError(field, .malformed(expected: "opened by {{ before every }}"))
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        self.source = source
        self.pieces = pieces
    }

    /// The variables that occur.
    public var variables: Set<TemplateVariable> {
        Set(
            pieces.compactMap { piece in
                switch piece {
                case .text: nil
                case .variable(let variable): variable
                }
            })
    }

    /// The text with its variables filled, in one pass: braces inside a value mean nothing.
    public func rendered(escaping: Escaping, _ value: (TemplateVariable) -> String) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .variable(let variable): escaping.apply(to: value(variable))
            }
        }.joined()
    }

    /// The text with its variables filled, all of it made harmless: for a form in which the template's own words could
    /// have a meaning too. Line breaks stay, each after `lineBreak`.
    public func renderedWhole(
        escaping: Escaping, lineBreak: String, _ value: (TemplateVariable) -> String
    ) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let text):
                text.split(separator: "\n", omittingEmptySubsequences: false)
                    .map { escaping.apply(to: String($0)) }.joined(separator: lineBreak + "\n")
            case .variable(let variable): escaping.apply(to: value(variable))
            }
        }.joined()
    }

    private static func find(_ two: String, in text: Substring) -> Range<Substring.Index>? {
        var index = text.startIndex
        while index < text.endIndex {
            if text[index...].hasPrefix(two) { return index..<text.index(index, offsetBy: two.count) }
            index = text.index(after: index)
        }
        return nil
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

/// A template in both languages; Chinese is always there, English may be empty.
public struct BilingualTemplate: Hashable, Sendable {
    /// The Chinese text.
    public let chinese: Template
    /// The English text, possibly empty.
    public let english: Template

    /// Reads both texts; the fields are `field`.zh and `field`.en.
    ///
    /// - Throws: `DomainError` naming the field.
    public init(
        chinese: String, english: String, variables: Set<TemplateVariable>, limit: Int, field: String
    ) throws(DomainError) {
        guard chinese.contains(where: { !$0.isWhitespace }) else { throw DomainError("\(field).zh", .empty) }
        self.chinese = try Template(chinese, variables: variables, limit: limit, field: "\(field).zh")
        self.english = try Template(english, variables: variables, limit: limit, field: "\(field).en")
    }

    /// Both texts with their variables filled.
    public func rendered(escaping: Escaping, _ value: (TemplateVariable) -> BilingualText) -> BilingualText {
        BilingualText(
            chinese.rendered(escaping: escaping) { value($0).chinese },
            english.rendered(escaping: escaping) { value($0).english })
    }
}
