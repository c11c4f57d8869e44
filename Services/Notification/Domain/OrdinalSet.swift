/// A set of enterprises by their ordinals, ascending; as large as a whole audience, so it works by merging.
public struct OrdinalSet: Hashable, Sendable {
    /// The ordinals, ascending, without repetition.
    public let ordinals: [UInt32]

    /// The empty set.
    public init() { ordinals = [] }

    /// A set of ordinals in any order; repetitions count once.
    public init(_ ordinals: [UInt32]) {
        var ascending: [UInt32] = []
        ascending.reserveCapacity(ordinals.count)
        for ordinal in ordinals.sorted() where ascending.last != ordinal { ascending.append(ordinal) }
        self.ordinals = ascending
    }

    /// The members of chunks of one audience, in which each ordinal stands once.
    ///
    /// - Throws: ``AudienceError`` `repeatedOrdinal`.
    public init(merging chunks: [AudienceMembers]) throws(AudienceError) {
        var all: [UInt32] = []
        all.reserveCapacity(chunks.reduce(0) { $0 + $1.ordinals.count })
        for chunk in chunks { all += chunk.ordinals }
        all.sort()
        for index in all.indices.dropFirst() where all[index] == all[index - 1] {
            throw .repeatedOrdinal(all[index])
        }
        ordinals = all
    }

    private init(ascending: [UInt32]) { ordinals = ascending }

    /// Number of members.
    public var count: Int { ordinals.count }
    /// Whether there are no members.
    public var isEmpty: Bool { ordinals.isEmpty }

    /// The members that the other set does not have.
    public func subtracting(_ other: OrdinalSet) -> OrdinalSet {
        var kept: [UInt32] = []
        var place = 0
        for ordinal in ordinals {
            while place < other.ordinals.count, other.ordinals[place] < ordinal { place += 1 }
            if place == other.ordinals.count || other.ordinals[place] != ordinal { kept.append(ordinal) }
        }
        return OrdinalSet(ascending: kept)
    }

    /// The members of either set.
    public func union(_ other: OrdinalSet) -> OrdinalSet { OrdinalSet(ordinals + other.ordinals) }

    /// How many members both sets have.
    public func commonCount(with other: OrdinalSet) -> Int { count - subtracting(other).count }

    /// The members in chunks that can be stored.
    public func chunks() throws(AudienceError) -> [AudienceMembers] {
        var chunks: [AudienceMembers] = []
        for start in stride(from: 0, to: ordinals.count, by: AudienceMembers.limit) {
            let end = min(start + AudienceMembers.limit, ordinals.count)
            chunks.append(try AudienceMembers(ordinals: Array(ordinals[start..<end])))
        }
        return chunks
    }

    /// The ordinals as four bytes each, big-endian, in pieces of a bounded size: what the stated hash is over.
    public func forEachPieceOfBytes(_ body: ([UInt8]) -> Void) {
        for start in stride(from: 0, to: ordinals.count, by: AudienceMembers.limit) {
            let end = min(start + AudienceMembers.limit, ordinals.count)
            var bytes: [UInt8] = []
            bytes.reserveCapacity((end - start) * 4)
            for ordinal in ordinals[start..<end] {
                bytes.append(UInt8(truncatingIfNeeded: ordinal >> 24))
                bytes.append(UInt8(truncatingIfNeeded: ordinal >> 16))
                bytes.append(UInt8(truncatingIfNeeded: ordinal >> 8))
                bytes.append(UInt8(truncatingIfNeeded: ordinal))
            }
            body(bytes)
        }
    }
}
