/// What a password must be like (DIR-5).
public struct PasswordRules: Hashable, Sendable {
    /// Least number of characters.
    public let minimumLength: Int
    /// Passwords above this are refused, in bytes of UTF-8, so that hashing stays bounded.
    public static let maximumBytes = 256

    /// Rules with a least length, 8 to 64 characters.
    public init(minimumLength: Int = 10) { self.minimumLength = minimumLength }

    /// Checks a password against the rules.
    ///
    /// - Parameter names: Names of the account that the password must not contain: login name, phone.
    /// - Throws: ``FieldProblem`` naming `field`, never quoting the password.
    public func check(_ password: String, field: String, names: [String]) throws(FieldProblem) {
        guard password.count >= minimumLength, password.utf8.count <= Self.maximumBytes else {
            throw FieldProblem(field, "must have \(minimumLength) characters to \(Self.maximumBytes) bytes")
        }
        var classes = (lower: false, upper: false, digit: false, other: false)
        for character in password.unicodeScalars {
            switch character {
            case "a"..."z": classes.lower = true
            case "A"..."Z": classes.upper = true
            case "0"..."9": classes.digit = true
            case _: classes.other = true
            }
        }
        let found = [classes.lower, classes.upper, classes.digit, classes.other].count { $0 }
        guard found >= 3 else {
            throw FieldProblem(field, "must mix at least three of: lower case, upper case, digits, other characters")
        }
        let folded = password.lowercased()
        for name in names where name.count >= 3 && folded.contains(name.lowercased()) {
            throw FieldProblem(field, "must not contain the login name or the phone")
        }
        guard Set(password).count >= 5 else {
            throw FieldProblem(field, "must have at least five different characters")
        }
    }
}
