/// A unified social credit code (GB 32100-2015): 18 characters, the last a check character (ENT-1).
///
/// Characters 1 and 2 name the registering authority and the category, 3 to 8 the region of registration (GB/T 2260), 9
/// to 17 the organisation code (GB 11714) and 18 the check character modulo 31. The alphabet has no I, O, S, V and Z.
public struct CreditCode: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The code in upper case.
    public let text: String

    private static let alphabet = Array("0123456789ABCDEFGHJKLMNPQRTUWXY".utf8)
    private static let valueOf: [UInt8?] = {
        var table = [UInt8?](repeating: nil, count: 256)
        for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
        return table
    }()

    /// Reads a code; lower-case letters are taken as upper case, nothing else is repaired.
    ///
    /// The check digit inside the organisation code is not enforced, since codes issued before 2015 were carried over
    /// as they were; see ``hasConsistentOrganisationCode``.
    ///
    /// - Throws: ``DomainError`` naming `field`: wrong length, a character outside the alphabet (with its position,
    ///   counted from 1), a region that is not digits, or a wrong check character.
    public init(_ text: String, field: String = "creditCode") throws(DomainError) {
        var bytes = Array(text.utf8)
        for index in bytes.indices where (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[index]) {
            bytes[index] -= 32
        }
        guard bytes.count == 18 else { throw DomainError(field, .wrongLength(expected: 18)) }
        for (index, byte) in bytes.enumerated() {
            let isRegion = (2..<8).contains(index)
            guard let value = Self.valueOf[Int(byte)], !isRegion || value < 10 else {
                throw DomainError(field, .illegalCharacter(position: index + 1))
            }
        }
        guard bytes[17] == Self.checkCharacter(bytes[..<17]) else { throw DomainError(field, .wrongCheckCharacter) }
        self.text = String(decoding: bytes, as: UTF8.self)
    }

    /// Composes a valid code and computes both check characters.
    ///
    /// - Parameters:
    ///   - registrationAuthority: First character, such as `9` for market regulation.
    ///   - category: Second character, such as `1` for an enterprise.
    ///   - region: Region of registration; of a town its county is taken.
    ///   - organisation: Eight characters, the organisation code without its check digit.
    /// - Throws: ``DomainError`` naming the argument that cannot stand in a code.
    public static func make(
        registrationAuthority: Character, category: Character, region: RegionCode, organisation: String
    ) throws(DomainError) -> CreditCode {
        let body = Array(organisation.utf8)
        guard body.count == 8 else { throw DomainError("organisation", .wrongLength(expected: 8)) }
        for (index, byte) in body.enumerated() where valueOf[Int(byte)] == nil {
            throw DomainError("organisation", .illegalCharacter(position: index + 1))
        }
        guard let authority = registrationAuthority.asciiValue, valueOf[Int(authority)] != nil else {
            throw DomainError("registrationAuthority", .illegalCharacter(position: 1))
        }
        guard let kind = category.asciiValue, valueOf[Int(kind)] != nil else {
            throw DomainError("category", .illegalCharacter(position: 1))
        }
        var bytes = [authority, kind] + Array(region.countyText.utf8) + body
        bytes.append(organisationCheckDigit(body[...]))
        bytes.append(checkCharacter(bytes[...]))
        return try CreditCode(String(decoding: bytes, as: UTF8.self))
    }

    /// The registering authority's character.
    public var registrationAuthority: Character { text[text.startIndex] }

    /// The category's character.
    public var category: Character { text[text.index(after: text.startIndex)] }

    /// The six digits of the region of registration; they may name a region that has since been abolished.
    public var regionDigits: String { String(text.dropFirst(2).prefix(6)) }

    /// The organisation code of nine characters.
    public var organisationCode: String { String(text.dropFirst(8).prefix(9)) }

    /// Whether the organisation code's own check digit (GB 11714) agrees.
    ///
    /// The digit `X` of that standard is part of the alphabet and stays as it is.
    public var hasConsistentOrganisationCode: Bool {
        let bytes = Array(organisationCode.utf8)
        return bytes[8] == Self.organisationCheckDigit(bytes[..<8])
    }

    /// Order of the text.
    public static func < (left: CreditCode, right: CreditCode) -> Bool { left.text < right.text }

    /// The code.
    public var description: String { text }

    // Powers of 3 modulo 31, as the standard prescribes. Callers have checked every character.
    private static func checkCharacter(_ bytes: ArraySlice<UInt8>) -> UInt8 {
        var sum = 0
        var weight = 1
        for byte in bytes {
            sum += Int(valueOf[Int(byte)] ?? 0) * weight
            weight = weight * 3 % 31
        }
        return alphabet[(31 - sum % 31) % 31]
    }

    // GB 11714 counts letters from A = 10 without gaps, unlike the outer alphabet.
    private static func organisationCheckDigit(_ bytes: ArraySlice<UInt8>) -> UInt8 {
        var sum = 0
        for (byte, weight) in zip(bytes, [3, 7, 9, 10, 5, 8, 4, 2]) {
            let isDigit = byte <= UInt8(ascii: "9")
            sum += (isDigit ? Int(byte) - 48 : Int(byte) - 55) * weight
        }
        switch 11 - sum % 11 {
        case 10: return UInt8(ascii: "X")
        case 11: return UInt8(ascii: "0")
        case let digit: return UInt8(digit) + 48
        }
    }
}
