/// A sum of 256-bit numbers modulo 2^256: the order of the summands does not matter, and an event that is counted twice
/// does not cancel itself out, as it would with exclusive or (XCT-7).
public struct DigestSum: Sendable, Hashable {
    // The least significant limb comes first.
    private var limbs: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// Zero.
    public init() {}

    /// Adds a number of 32 bytes, big-endian.
    public mutating func add(_ bytes: [UInt8]) {
        precondition(bytes.count == 32, "a summand has 32 bytes")
        func limb(_ index: Int) -> UInt64 {
            bytes[(24 - 8 * index)..<(32 - 8 * index)].reduce(0) { $0 << 8 | UInt64($1) }
        }
        var carry = false
        func sum(_ left: UInt64, _ right: UInt64) -> UInt64 {
            let (partial, first) = left.addingReportingOverflow(right)
            let (total, second) = partial.addingReportingOverflow(carry ? 1 : 0)
            carry = first || second
            return total
        }
        limbs.0 = sum(limbs.0, limb(0))
        limbs.1 = sum(limbs.1, limb(1))
        limbs.2 = sum(limbs.2, limb(2))
        limbs.3 = sum(limbs.3, limb(3))
    }

    /// The sum as 32 bytes, big-endian.
    public var bytes: [UInt8] {
        [limbs.3, limbs.2, limbs.1, limbs.0].flatMap { limb in
            (0..<8).map { UInt8(truncatingIfNeeded: limb >> UInt64(56 - 8 * $0)) }
        }
    }

    /// Whether both sums are the same number.
    public static func == (left: DigestSum, right: DigestSum) -> Bool { left.limbs == right.limbs }

    /// Hashes the number.
    public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

/// What one partition of an events topic holds of one day.
public struct PartitionDigest: Sendable, Hashable {
    /// Distinct events by source and identifier.
    public var events: Int64 = 0
    /// Sum of the hashes of the distinct events.
    public var sum = DigestSum()

    /// Nothing yet.
    public init() {}

    /// Counts one more distinct event by the hash of its ``bytes(source:id:payload:)``.
    public mutating func count(_ hash: [UInt8]) {
        events += 1
        sum.add(hash)
    }

    /// The bytes whose SHA-256 stands for an event: source and identifier, each behind its length in bytes as four bytes
    /// big-endian, then the payload.
    public static func bytes(source: String, id: String, payload: [UInt8]) -> [UInt8] {
        func counted(_ text: String) -> [UInt8] {
            let bytes = Array(text.utf8)
            let length = UInt32(bytes.count)
            return (0..<4).map { UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * $0)) } + bytes
        }
        return counted(source) + counted(id) + payload
    }
}
