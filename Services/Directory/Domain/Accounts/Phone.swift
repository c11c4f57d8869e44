/// A mobile phone number of mainland China: 11 digits, of which the first is 1 and the second at least 3 (DIR-5).
///
/// The number is personal data: it has no description, so that it does not slip into logs.
public struct Phone: Hashable, Sendable {
    /// The digits.
    public let digits: String

    /// Reads a number.
    ///
    /// - Throws: ``FieldProblem`` naming `field` for any other text.
    public init(_ text: String, field: String = "phone") throws(FieldProblem) {
        let bytes = Array(text.utf8)
        guard bytes.count == 11, bytes.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            bytes[0] == UInt8(ascii: "1"), bytes[1] >= UInt8(ascii: "3")
        else { throw FieldProblem(field, "must be a mobile phone number of 11 digits") }
        digits = text
    }

    /// The number with all but the last four digits masked.
    public var masked: String { "*******" + digits.suffix(4) }
}

extension Phone: CustomStringConvertible, CustomReflectable {
    /// The masked form.
    public var description: String { masked }
    /// The masked form, also when dumped.
    public var customMirror: Mirror { Mirror(self, children: ["digits": masked]) }
}
