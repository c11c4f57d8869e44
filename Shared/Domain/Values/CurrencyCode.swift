/// An ISO 4217 alphabetic currency code, such as `USD`.
public struct CurrencyCode: Hashable, Sendable, CustomStringConvertible {
    /// Three upper-case letters.
    public let text: String

    /// Checks the form; the list of currencies itself is not kept here.
    ///
    /// - Throws: ``DomainError`` naming `field` unless the text is three upper-case ASCII letters.
    public init(_ text: String, field: String = "currency") throws(DomainError) {
        guard text.utf8.count == 3, text.utf8.allSatisfy({ (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) })
        else { throw DomainError(field, .malformed(expected: "three upper-case letters of ISO 4217")) }
        self.text = text
    }

    /// The code.
    public var description: String { text }
}
