/// A name that machines exchange: lower-case letters, digits and inner hyphens, 1 to 64; names of different kinds are
/// different types.
public struct SlugID<Kind>: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The slug.
    public let text: String

    /// Checks the form; whether there is such an object is for its owner, or a replica, to say.
    ///
    /// - Throws: ``DomainError`` naming `field`.
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

/// Identifies a unit of the directory.
public typealias UnitID = SlugID<DirectoryUnit>
