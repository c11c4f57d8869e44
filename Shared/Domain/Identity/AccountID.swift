/// Identifies an account of the directory; other services look only at equality.
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
