import Domain
import Foundation

/// Identifies an object of one kind by a UUID, version 7; identifiers of different kinds are different types.
public struct Identifier<Kind>: Hashable, Sendable, CustomStringConvertible {
    /// The UUID.
    public let uuid: UUID

    /// An identifier that is known to be one.
    public init(_ uuid: UUID) { self.uuid = uuid }

    /// Reads the lower-case form of the wire.
    ///
    /// - Throws: `DomainError` naming `field`.
    public init(_ text: String, field: String) throws(DomainError) {
        guard !text.isEmpty else { throw DomainError(field, .empty) }
        guard text.utf8.count == 36, text == text.lowercased(), let uuid = UUID(uuidString: text) else {
            throw DomainError(field, .malformed(expected: "a UUID in lower case"))
        }
        self.uuid = uuid
    }

    /// The form on the wire, in lower case.
    public var description: String { uuid.uuidString.lowercased() }
}

/// Identifies the targets of an indicator and year (ASM-3).
public typealias TargetsID = Identifier<Targets>
/// Identifies a reported value (ASM-7).
public typealias ValueID = Identifier<ReportedValue>
/// Identifies a scheme over all of its versions (ASM-8).
public typealias SchemeID = Identifier<Scheme>
/// Identifies a result (ASM-8).
public typealias ResultID = Identifier<AssessmentResult>

/// A name that machines exchange: lower-case letters, digits and inner hyphens, 1 to 64.
public struct SlugID<Kind>: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The slug.
    public let text: String

    /// Checks the form.
    ///
    /// - Throws: `DomainError` naming `field`.
    public init(_ text: String, field: String) throws(DomainError) {
        guard !text.isEmpty else { throw DomainError(field, .empty) }
        let bytes = Array(text.utf8)
        let hyphen = UInt8(ascii: "-")
        let isSlug =
            bytes.count <= 64 && bytes.first != hyphen && bytes.last != hyphen
            && bytes.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == hyphen
            }
        guard isSlug else {
            throw DomainError(field, .malformed(expected: "lower-case letters, digits and hyphens, at most 64"))
        }
        self.text = text
    }

    /// Order of the bytes, the same on every machine.
    public static func < (left: SlugID, right: SlugID) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    /// The slug.
    public var description: String { text }
}

/// What ``UnitID`` identifies: a unit of the directory.
public enum DirectoryUnit {}
/// What ``NodeCode`` identifies: a node of a scheme's tree.
public enum SchemeTree {}

/// Identifies a unit of the directory.
public typealias UnitID = SlugID<DirectoryUnit>
/// Identifies an indicator (ASM-2).
public typealias IndicatorID = SlugID<Indicator>
/// Identifies a node within a scheme (ASM-8).
public typealias NodeCode = SlugID<SchemeTree>

/// Identifies an account of the directory; assessment looks only at equality.
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
