import Domain
import Foundation

/// Identifies something of the service by a UUID; what it identifies is part of the type.
public struct Identifier<Subject>: Hashable, Sendable, CustomStringConvertible {
    /// The UUID, version 7.
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

/// Identifies a case.
public typealias CaseID = Identifier<Case>
/// Identifies a supervision order.
public typealias SupervisionID = Identifier<Supervision>
/// Identifies a rectification.
public typealias RectificationID = Identifier<Rectification>

/// Identifies a unit of the directory by its slug.
public struct UnitID: Hashable, Sendable, CustomStringConvertible {
    /// Lower-case letters, digits and inner hyphens, 1 to 64.
    public let text: String

    /// Checks the form; whether the unit exists the service asks its replica.
    ///
    /// - Throws: `DomainError` naming `field`.
    public init(_ text: String, field: String) throws(DomainError) {
        guard !text.isEmpty else { throw DomainError(field, .empty) }
        let letters = Set("abcdefghijklmnopqrstuvwxyz0123456789-")
        guard text.utf8.count <= 64, !text.hasPrefix("-"), !text.hasSuffix("-"), text.allSatisfy(letters.contains)
        else { throw DomainError(field, .malformed(expected: "lower-case letters, digits and hyphens, at most 64")) }
        self.text = text
    }

    /// The slug.
    public var description: String { text }
}
