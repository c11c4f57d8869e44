/// Writes unsigned numbers in groups of seven bits, the lowest first, so that small differences take one byte.
struct PackedWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(byte: UInt8) { bytes.append(byte) }

    mutating func append(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}

/// Reads what ``PackedWriter`` wrote; anything else is refused, never trapped on.
struct PackedReader {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { offset == bytes.count }

    mutating func byte() throws(AudienceError) -> UInt8 {
        guard offset < bytes.count else { throw .damaged("the bytes end too early") }
        defer { offset += 1 }
        return bytes[offset]
    }

    mutating func number() throws(AudienceError) -> UInt64 {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            let byte = try byte()
            let group = UInt64(byte & 0x7F)
            guard shift < 63 || group <= 1 else { throw .damaged("a number exceeds 64 bits") }
            number |= group << shift
            if byte & 0x80 == 0 { return number }
        }
        throw .damaged("a number does not end")
    }
}
