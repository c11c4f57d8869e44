import Domain

/// An e-mail address that can be written to without quoting (NTF-2): a dot-atom, an at sign, a host name; ASCII only.
///
/// The address is personal data: described it is masked, so that it does not slip into logs.
public struct EmailAddress: Hashable, Sendable {
    /// The greatest length of an address in characters.
    public static let limit = 254
    /// The greatest length of the part before the at sign.
    public static let localLimit = 64

    /// The address; the host in lower case.
    public let text: String

    /// Reads an address.
    ///
    /// - Throws: `DomainError` naming `field`. No control character, space, quote or second at sign passes, so that an
    ///   address cannot add lines to a message's head.
    public init(_ text: String, field: String = "email") throws(DomainError) {
        guard !text.isEmpty else { throw DomainError(field, .empty) }
        guard text.utf8.count <= Self.limit else {
            throw DomainError(field, .outOfRange("at most \(Self.limit) characters"))
        }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count <= Self.localLimit, Self.isLocal(parts[0]), Self.isHost(parts[1])
        else {
            throw DomainError(field, .malformed(expected: "an e-mail address such as name@example.cn"))
        }
        self.text = parts[0] + "@" + parts[1].lowercased()
    }

    /// All but the first character of the name masked.
    public var masked: String {
        let at = text.firstIndex(of: "@") ?? text.endIndex
        return text.prefix(1) + "***" + text[at...]
    }

    private static func isLocal(_ text: Substring) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { word in
            !word.isEmpty && word.utf8.allSatisfy { isAlphanumeric($0) || Set("!#$%&'*+-/=?^_`{|}~".utf8).contains($0) }
        }
    }

    private static func isHost(_ text: Substring) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return labels.count >= 2
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
            }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case _: false
        }
    }
}

extension EmailAddress: CustomStringConvertible, CustomReflectable {
    /// The masked form.
    public var description: String { masked }
    /// The masked form, also when dumped.
    public var customMirror: Mirror { Mirror(self, children: ["text": masked]) }
}
