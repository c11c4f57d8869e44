import Domain
import Foundation

/// An investor as a report names it, with the key by which repeated reports of the same one are found (PRJ-2, PRJ-18).
public struct Investor: Hashable, Sendable {
    /// The name as it was reported.
    public let name: String
    /// The unified social credit code; nil when unknown.
    public let creditCode: CreditCode?

    /// Checks the name.
    ///
    /// - Throws: ``InvalidFields`` naming `field`.
    public init(name: String, creditCode: CreditCode?, field: String) throws(InvalidFields) {
        var findings = FieldFindings()
        findings.checkText(name, 1...128, field: field)
        if Self.key(of: name).isEmpty { findings.add(DomainError(field, .empty)) }
        try findings.finish()
        self.name = name
        self.creditCode = creditCode
    }

    /// The name without anything in which two spellings of it differ: width, case, spaces, marks.
    public var key: String { Self.key(of: name) }

    /// The key of a name.
    public static func key(of name: String) -> String {
        let folded = name.precomposedStringWithCompatibilityMapping.lowercased()
        return String(String.UnicodeScalarView(folded.unicodeScalars.filter(CharacterSet.alphanumerics.contains)))
    }

    /// Whether two reports speak of one investor: by the credit code where both have one, else by the name.
    public func isSame(as other: Investor) -> Bool {
        if let creditCode, let code = other.creditCode { return creditCode == code }
        return key == other.key
    }
}
