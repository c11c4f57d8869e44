import Foundation

/// Identifies an object of one kind by a UUID, version 7; identifiers of different kinds are different types.
public struct Identifier<Kind>: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The UUID.
    public let uuid: UUID

    /// An identifier that is known to be one.
    public init(_ uuid: UUID) { self.uuid = uuid }

    /// Reads the lower-case form of the wire.
    ///
    /// - Throws: ``DomainError`` naming `field`.
    public init(_ text: String, field: String) throws(DomainError) {
        guard !text.isEmpty else { throw DomainError(field, .empty) }
        guard text.utf8.count == 36, text == text.lowercased(), let uuid = UUID(uuidString: text) else {
            throw DomainError(field, .malformed(expected: "a UUID in lower case"))
        }
        self.uuid = uuid
    }

    /// The form on the wire, in lower case.
    public var description: String { uuid.uuidString.lowercased() }

    /// Order of the texts, which is the order of the database.
    public static func < (left: Identifier, right: Identifier) -> Bool { left.description < right.description }
}
