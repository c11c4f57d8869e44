/// An industry of GB/T 4754-2017: a section letter, or a division, group or class of two to four digits (DIR-9).
public struct IndustryCode: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The section letter, `A` to `T`.
    public let section: Character
    /// The digits: none for a section, else two to four.
    public let digits: String

    /// Reads `C`, `13`, `C13`, `131` or `C1311`.
    ///
    /// Sections and divisions must exist. Groups and classes are checked for form only, since their list is a
    /// dictionary that changes (DIR-9).
    ///
    /// - Throws: ``DomainError`` naming `field` when the form is wrong, the section or division does not exist, or a
    ///   letter does not belong to the digits.
    public init(_ text: String, field: String = "industry") throws(DomainError) {
        var bytes = Array(text.utf8)[...]
        let malformed = DomainError(field, .malformed(expected: "a section letter or two to four digits of GB/T 4754"))
        var letter: UInt8?
        if let first = bytes.first, (UInt8(ascii: "A")...UInt8(ascii: "T")).contains(first) {
            letter = first
            bytes = bytes.dropFirst()
        }
        if bytes.isEmpty, let letter {
            section = Character(UnicodeScalar(letter))
            digits = ""
            return
        }
        guard (2...4).contains(bytes.count), Digits.number(bytes) != nil,
            let division = Digits.number(bytes.prefix(2))
        else { throw malformed }
        guard let owner = IndustryDictionary.section(ofDivision: division) else {
            throw DomainError(field, .unknown("division"))
        }
        guard letter == nil || letter == owner.asciiValue else { throw DomainError(field, .unknown("division")) }
        // A zero in the third place would be a class without a group.
        if bytes.count >= 3, bytes[bytes.startIndex + 2] == UInt8(ascii: "0") { throw malformed }
        section = owner
        digits = String(decoding: bytes, as: UTF8.self)
    }

    /// Makes a code from parts that the dictionary's own tables vouch for.
    init(knownSection section: Character, digits: String = "") {
        self.section = section
        self.digits = digits
    }

    /// The level that the code names.
    public var level: IndustryLevel {
        switch digits.utf8.count {
        case 0: .section
        case 2: .division
        case 3: .group
        default: .subclass
        }
    }

    /// The number of the division, 1 to 97; nil for a section.
    public var division: Int? { Digits.number(Array(digits.utf8.prefix(2))[...]) }

    /// The three digits of the group; nil above it.
    public var group: String? { digits.utf8.count >= 3 ? String(digits.prefix(3)) : nil }

    /// The industry directly above; nil for a section.
    public var parent: IndustryCode? {
        switch level {
        case .section: nil
        case .division: IndustryCode(knownSection: section, digits: "")
        case .group, .subclass: IndustryCode(knownSection: section, digits: String(digits.dropLast()))
        }
    }

    /// The industry and everything above it, from itself to its section.
    public var pathToRoot: [IndustryCode] {
        var path = [self]
        while let parent = path[path.count - 1].parent { path.append(parent) }
        return path
    }

    /// Whether this industry is another or lies within it.
    public func isWithin(_ other: IndustryCode) -> Bool {
        section == other.section && digits.hasPrefix(other.digits)
    }

    /// Order by section, then digits; an industry comes before what lies within it.
    public static func < (left: IndustryCode, right: IndustryCode) -> Bool {
        (left.section, left.digits) < (right.section, right.digits)
    }

    /// The letter of a section, else the digits alone, as the standard writes them.
    public var description: String { digits.isEmpty ? String(section) : digits }

    /// The letter followed by the digits: `C13`.
    public var fullText: String { String(section) + digits }
}
