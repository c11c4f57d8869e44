/// Members of one chunk of an audience: ascending ordinals and what each would obtain (NTF-5).
///
/// A million recipients are a few hundred of these, not a million rows.
public struct AudienceMembers: Hashable, Sendable {
    /// Members that one chunk may have.
    public static let limit = 8_000

    /// What the members would obtain, in fen; zero means not known or not money.
    public enum Estimates: Hashable, Sendable {
        /// Not known, or not money.
        case none
        /// The same for every member.
        case same(Int64)
        /// One for each member, in the order of the ordinals.
        case each([Int64])
    }

    /// The members' ordinals, ascending, 1 to ``limit`` of them.
    public let ordinals: [UInt32]
    /// What they would obtain.
    public let estimates: Estimates

    /// Members from ascending ordinals.
    ///
    /// - Throws: ``AudienceError`` when the chunk is empty or too large, or does not ascend, or an estimate is below
    ///   zero or missing.
    public init(ordinals: [UInt32], estimates: Estimates = .none) throws(AudienceError) {
        guard !ordinals.isEmpty else { throw .emptyChunk }
        guard ordinals.count <= Self.limit else { throw .tooManyMembers(limit: Self.limit) }
        for position in 1..<max(ordinals.count, 1) where ordinals[position] <= ordinals[position - 1] {
            throw .notAscending(position: position)
        }
        switch estimates {
        case .none: break
        case .same(let fen):
            if fen < 0 { throw .negativeEstimate(position: 0) }
        case .each(let fen):
            guard fen.count == ordinals.count else {
                throw .estimateCount(expected: ordinals.count, found: fen.count)
            }
            if let position = fen.firstIndex(where: { $0 < 0 }) { throw .negativeEstimate(position: position) }
        }
        self.ordinals = ordinals
        self.estimates = estimates
    }

    /// Members as the event carries them: the first ordinal, then differences; no estimate, one, or one for each.
    ///
    /// - Throws: ``AudienceError``.
    public init(deltas: [UInt32], estimatedFen: [Int64]) throws(AudienceError) {
        guard deltas.count <= Self.limit else { throw .tooManyMembers(limit: Self.limit) }
        var ordinals: [UInt32] = []
        ordinals.reserveCapacity(deltas.count)
        for (position, delta) in deltas.enumerated() {
            guard let last = ordinals.last else {
                ordinals.append(delta)
                continue
            }
            guard delta > 0 else { throw .notAscending(position: position) }
            let (next, overflow) = last.addingReportingOverflow(delta)
            guard !overflow else { throw .ordinalOverflow(position: position) }
            ordinals.append(next)
        }
        let estimates: Estimates =
            switch estimatedFen.count {
            case 0: .none
            case 1: .same(estimatedFen[0])
            case _: .each(estimatedFen)
            }
        try self.init(ordinals: ordinals, estimates: estimates)
    }

    /// The least ordinal.
    public var first: UInt32 { ordinals[0] }
    /// The greatest ordinal.
    public var last: UInt32 { ordinals[ordinals.count - 1] }

    /// Whether an ordinal is a member; a binary search.
    public func contains(_ ordinal: UInt32) -> Bool { index(of: ordinal) != nil }

    /// What a member would obtain, in fen; nil when it is no member, zero when it is not known or not money.
    public func estimate(of ordinal: UInt32) -> Int64? {
        guard let index = index(of: ordinal) else { return nil }
        switch estimates {
        case .none: return 0
        case .same(let fen): return fen
        case .each(let fen): return fen[index]
        }
    }

    private func index(of ordinal: UInt32) -> Int? {
        var low = 0
        var high = ordinals.count
        while low < high {
            let middle = low + (high - low) / 2
            if ordinals[middle] < ordinal { low = middle + 1 } else { high = middle }
        }
        return low < ordinals.count && ordinals[low] == ordinal ? low : nil
    }
}

extension AudienceMembers {
    private static let version: UInt8 = 1

    /// The form in which members are stored: version, count, first ordinal, differences, kind of estimates, estimates;
    /// numbers in groups of seven bits.
    public var encoded: [UInt8] {
        var writer = PackedWriter()
        writer.append(byte: Self.version)
        writer.append(UInt64(ordinals.count))
        var previous: UInt32 = 0
        for ordinal in ordinals {
            writer.append(UInt64(ordinal - previous))
            previous = ordinal
        }
        switch estimates {
        case .none: writer.append(byte: 0)
        case .same(let fen):
            writer.append(byte: 1)
            writer.append(UInt64(fen))
        case .each(let fen):
            writer.append(byte: 2)
            for amount in fen { writer.append(UInt64(amount)) }
        }
        return writer.bytes
    }

    /// Reads the stored form.
    ///
    /// - Throws: ``AudienceError`` for bytes that ``encoded`` does not write.
    public init(encoded: [UInt8]) throws(AudienceError) {
        var reader = PackedReader(encoded)
        guard try reader.byte() == Self.version else { throw .damaged("the version is unknown") }
        let count = try reader.number()
        guard (1...UInt64(Self.limit)).contains(count) else { throw .damaged("the number of members is impossible") }
        var ordinals: [UInt32] = []
        ordinals.reserveCapacity(Int(count))
        var previous: UInt64 = 0
        for _ in 0..<count {
            let (next, overflow) = previous.addingReportingOverflow(try reader.number())
            guard !overflow, let ordinal = UInt32(exactly: next) else { throw .damaged("an ordinal exceeds 32 bits") }
            ordinals.append(ordinal)
            previous = next
        }
        let estimates: Estimates
        switch try reader.byte() {
        case 0: estimates = .none
        case 1: estimates = .same(try Self.amount(&reader))
        case 2:
            var fen: [Int64] = []
            fen.reserveCapacity(Int(count))
            for _ in 0..<count { fen.append(try Self.amount(&reader)) }
            estimates = .each(fen)
        case _: throw .damaged("the kind of estimates is unknown")
        }
        guard reader.isAtEnd else { throw .damaged("bytes follow the end") }
        try self.init(ordinals: ordinals, estimates: estimates)
    }

    private static func amount(_ reader: inout PackedReader) throws(AudienceError) -> Int64 {
        guard let fen = Int64(exactly: try reader.number()) else { throw .damaged("an estimate exceeds 63 bits") }
        return fen
    }
}
