import Domain
import Foundation

/// Identifies an object of one kind; identifiers of different kinds do not mix.
public struct ObjectID<Object>: Hashable, Sendable, Comparable, CustomStringConvertible {
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

    /// Order of the texts, which is the order of the database.
    public static func < (left: ObjectID, right: ObjectID) -> Bool { left.description < right.description }
}

/// Identifies an item of information (PRJ-1).
public typealias InformationID = ObjectID<Information>
/// Identifies a lead (PRJ-2).
public typealias LeadID = ObjectID<Lead>
/// Identifies a project (PRJ-3).
public typealias ProjectID = ObjectID<Project>
/// Identifies a pre-assessment (PRJ-5).
public typealias PreAssessmentID = ObjectID<PreAssessment>
/// Identifies an expert of the pool (PRJ-5).
public typealias ExpertID = ObjectID<Expert>

/// Identifies an account of the directory; projects look only at equality.
public struct AccountID: Hashable, Sendable, CustomStringConvertible {
    /// The identifier as the token carries it.
    public let text: String

    /// An identifier taken from a verified token or from storage.
    public init(_ text: String) { self.text = text }

    /// The identifier.
    public var description: String { text }
}

/// Identifies a unit of the directory by its slug.
public struct UnitID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Lower-case letters, digits and inner hyphens, 1 to 64.
    public let text: String

    /// Checks the form; whether the unit exists shows in the caller's scope.
    ///
    /// - Throws: `DomainError` naming `field`.
    public init(_ text: String, field: String) throws(DomainError) {
        guard !text.isEmpty else { throw DomainError(field, .empty) }
        guard SlugText.isSlug(text) else { throw SlugText.malformed(field) }
        self.text = text
    }

    /// The slug.
    public var description: String { text }

    /// Order of the slugs.
    public static func < (left: UnitID, right: UnitID) -> Bool { left.text < right.text }
}

/// The form of slugs.
enum SlugText {
    static func isSlug(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return (1...64).contains(bytes.count) && bytes.first != UInt8(ascii: "-") && bytes.last != UInt8(ascii: "-")
            && bytes.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            }
    }

    static func malformed(_ field: String) -> DomainError {
        DomainError(field, .malformed(expected: "lower-case letters, digits and hyphens, at most 64"))
    }
}
