import Domain
import Foundation

/// Identifies a policy document (POL-1).
public struct DocumentID: Hashable, Sendable, CustomStringConvertible {
    /// The UUID, version 7.
    public let uuid: UUID

    /// An identifier that is known to be one.
    public init(_ uuid: UUID) { self.uuid = uuid }

    /// Reads the lower-case form of the wire.
    ///
    /// - Throws: `DomainError` naming `field`.
    public init(_ text: String, field: String) throws(DomainError) { uuid = try Identifier.uuid(text, field: field) }

    /// The form on the wire, in lower case.
    public var description: String { uuid.uuidString.lowercased() }
}

/// Identifies a policy point over all of its versions (POL-2).
public struct PointID: Hashable, Sendable, CustomStringConvertible {
    /// The UUID, version 7.
    public let uuid: UUID

    /// An identifier that is known to be one.
    public init(_ uuid: UUID) { self.uuid = uuid }

    /// Reads the lower-case form of the wire.
    ///
    /// - Throws: `DomainError` naming `field`.
    public init(_ text: String, field: String) throws(DomainError) { uuid = try Identifier.uuid(text, field: field) }

    /// The form on the wire, in lower case.
    public var description: String { uuid.uuidString.lowercased() }
}

/// Identifies an account of the directory; policy looks only at equality.
public struct AccountID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The identifier as the token carries it.
    public let text: String

    /// An identifier taken from a verified token or from storage.
    public init(_ text: String) { self.text = text }

    /// Order of the texts.
    public static func < (left: AccountID, right: AccountID) -> Bool { left.text < right.text }

    /// The identifier.
    public var description: String { text }
}

/// Identifies a unit of the directory by its slug.
public struct UnitID: Hashable, Sendable, CustomStringConvertible {
    /// Lower-case letters, digits and inner hyphens, 1 to 64.
    public let text: String

    /// Checks the form; whether the unit exists shows in the caller's scope.
    ///
    /// - Throws: `DomainError` naming `field`.
    public init(_ text: String, field: String) throws(DomainError) {
        guard !text.isEmpty else { throw DomainError(field, .empty) }
        let bytes = Array(text.utf8)
        let isSlug =
            bytes.count <= 64 && bytes.first != UInt8(ascii: "-") && bytes.last != UInt8(ascii: "-")
            && bytes.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            }
        guard isSlug else {
            throw DomainError(field, .malformed(expected: "lower-case letters, digits and hyphens, at most 64"))
        }
        self.text = text
    }

    /// The slug.
    public var description: String { text }
}

private enum Identifier {
    static func uuid(_ text: String, field: String) throws(DomainError) -> UUID {
        guard !text.isEmpty else { throw DomainError(field, .empty) }
        guard text.utf8.count == 36, text == text.lowercased(), let uuid = UUID(uuidString: text) else {
            throw DomainError(field, .malformed(expected: "a UUID in lower case"))
        }
        return uuid
    }
}
