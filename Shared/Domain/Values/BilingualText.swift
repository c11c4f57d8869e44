/// Language of a text made for people.
public enum Language: String, Hashable, Sendable, CaseIterable {
    case chinese = "zh-CN"
    case english = "en"
}

/// A text in both languages of the product.
public struct BilingualText: Hashable, Sendable {
    /// The Chinese text.
    public var chinese: String
    /// The English text.
    public var english: String

    /// Makes a text from both languages.
    public init(_ chinese: String, _ english: String) {
        self.chinese = chinese
        self.english = english
    }

    /// A text that was written once, by its issuer, and is shown as it stands in both languages.
    public init(verbatim text: String) {
        self.init(text, text)
    }

    /// The text in one language.
    public subscript(language: Language) -> String {
        switch language {
        case .chinese: chinese
        case .english: english
        }
    }
}
