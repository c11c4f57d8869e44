import Foundation

/// The opaque token between two pages of a list: where the last page ended, and for which filter (XCT-12).
public struct PageToken: Sendable, Hashable {
    private static let greatestLength = 2_048

    /// The key of the last row, column by column.
    public let key: [String]

    /// Writes a token.
    ///
    /// - Parameters:
    ///   - filterHash: from ``hash(of:)`` over everything that selects and orders the list.
    ///   - key: the last row's key; texts, so that numbers are written in decimal.
    public static func encode(filterHash: [UInt8], key: [String]) -> String {
        var bytes: [UInt8] = [1]
        bytes += filterHash.prefix(8)
        for part in key {
            let text = [UInt8](part.utf8)
            bytes += [UInt8(truncatingIfNeeded: text.count >> 8), UInt8(truncatingIfNeeded: text.count)]
            bytes += text
        }
        return Base64URL.encode(bytes)
    }

    /// Reads a token; nil for the empty one, which asks for the first page.
    ///
    /// - Parameter columns: how many parts the list's key has.
    /// - Throws: ``Problem`` INVALID_ARGUMENT on `page_token` when it is malformed or belongs to another filter.
    public static func decode(_ text: String, filterHash: [UInt8], columns: Int) throws -> PageToken? {
        if text.isEmpty { return nil }
        guard text.utf8.count <= greatestLength, let data = Base64URL.decode(text) else { throw malformed }
        let bytes = [UInt8](data)
        guard bytes.count >= 9, bytes[0] == 1 else { throw malformed }
        guard Array(bytes[1..<9]) == Array(filterHash.prefix(8)) else {
            throw Problem.invalid("page_token", "belongs to a list with another filter")
        }
        var key: [String] = []
        var offset = 9
        while offset < bytes.count {
            guard offset + 2 <= bytes.count else { throw malformed }
            let length = Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
            offset += 2
            guard offset + length <= bytes.count,
                let part = String(validating: bytes[offset..<offset + length], as: UTF8.self)
            else { throw malformed }
            key.append(part)
            offset += length
        }
        guard key.count == columns else { throw malformed }
        return PageToken(key: key)
    }

    /// Reads a part of the key as a whole number. Whoever calls can make up a token, so nothing may be done with a
    /// number of it before its bounds are known.
    ///
    /// - Parameters:
    ///   - column: below the number of columns that the token was read with.
    ///   - range: the numbers that tokens of this list can hold.
    /// - Throws: ``Problem`` INVALID_ARGUMENT on `page_token` unless the part is such a number as ``encode`` writes it.
    public func integer(_ column: Int, in range: some RangeExpression<Int>) throws -> Int {
        let text = key[column]
        guard let number = Int(text), range.contains(number), String(number) == text else { throw Self.malformed }
        return number
    }

    private static let malformed = Problem.invalid("page_token", "is not a token of this list")
}

/// The size of a page: what was asked for, `standard` for 0.
///
/// - Throws: ``Problem`` INVALID_ARGUMENT on `page_size` below 0 or above 200.
public func page(size: Int32, default standard: Int = 50) throws -> Int {
    guard (0...200).contains(size) else { throw Problem.invalid("page_size", "must be 0 to 200") }
    return size == 0 ? standard : Int(size)
}

/// One page of a list whose rows were read one more than are shown, and the token of the next page.
///
/// - Parameters:
///   - found: the rows from where the page begins, at most `size + 1`.
///   - size: from ``page(size:default:)``.
///   - filter: from ``PageToken/hash(of:)``.
///   - key: the key of a row, by which the next page begins.
/// - Returns: the rows to show, and the token; empty when no row follows.
public func paged<Row>(
    _ found: [Row], size: Int, filter: [UInt8], key: (Row) throws -> [String]
) rethrows -> (shown: ArraySlice<Row>, next: String) {
    guard found.count > size else { return (found[...], "") }
    return (found.prefix(size), PageToken.encode(filterHash: filter, key: try key(found[size - 1])))
}
