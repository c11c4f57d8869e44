import Domain
import Foundation

/// Inputs and scores as bytes that are the same on every machine and in every release of format 1: big-endian whole
/// numbers, a byte before everything that may be absent. They are what is frozen and hashed (ASM-8, ASM-15).
public struct CanonicalWriter: Sendable {
    /// What was written.
    public private(set) var bytes: [UInt8] = []

    /// Nothing yet.
    public init() {}

    mutating func write(_ value: Int64) {
        let bits = UInt64(bitPattern: value)
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
        }
    }

    mutating func write(_ value: Int) { write(Int64(value)) }

    mutating func write(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

    mutating func write(byte: UInt8) { bytes.append(byte) }

    mutating func write(_ value: Int64?) {
        write(value != nil)
        if let value { write(value) }
    }

    mutating func write(_ text: String) {
        write(text.utf8.count)
        bytes += text.utf8
    }

    mutating func write(_ uuid: UUID) { withUnsafeBytes(of: uuid.uuid) { bytes += $0 } }
}

/// Canonical bytes are not what they should be.
public struct CanonicalFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where reading failed.
    public let offset: Int

    /// One line.
    public var description: String { "frozen bytes end or are malformed at \(offset)" }
}

/// Reads what ``CanonicalWriter`` wrote.
struct CanonicalReader {
    private let bytes: [UInt8]
    private(set) var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private mutating func take(_ count: Int) throws(CanonicalFault) -> ArraySlice<UInt8> {
        guard count >= 0, bytes.count - offset >= count else { throw CanonicalFault(offset: offset) }
        offset += count
        return bytes[(offset - count)..<offset]
    }

    mutating func integer() throws(CanonicalFault) -> Int64 {
        Int64(bitPattern: try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    mutating func byte() throws(CanonicalFault) -> UInt8 {
        let slice = try take(1)
        return slice[slice.startIndex]
    }

    mutating func flag() throws(CanonicalFault) -> Bool {
        switch try byte() {
        case 0: false
        case 1: true
        case _: throw CanonicalFault(offset: offset - 1)
        }
    }

    mutating func optional() throws(CanonicalFault) -> Int64? { try flag() ? try integer() : nil }

    mutating func uuid() throws(CanonicalFault) -> UUID {
        let b = Array(try take(16))
        return UUID(
            uuid: (
                b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]
            ))
    }

    func finish() throws(CanonicalFault) {
        guard offset == bytes.count else { throw CanonicalFault(offset: offset) }
    }
}

extension ScoringInputs {
    /// The frozen bytes of one unit's inputs: its slug, its earlier rank, and every indicator in order.
    public func canonicalBytes(of unit: Int) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.write(units[unit].text)
        writer.write(earlierRanks[unit])
        for place in indicators.indices {
            let input = leaves[place][unit]
            writer.write(input.value)
            writer.write(byte: input.origin.rawValue)
            writer.write(input.target)
            writer.write(input.earlier)
            writer.write(input.valueID != nil)
            if let id = input.valueID { writer.write(id.uuid) }
            writer.write(input.figure != nil)
            if let figure = input.figure {
                writer.write(figure.numerator)
                writer.write(figure.denominator)
                writer.write(figure.events)
            }
        }
        return writer.bytes
    }

    /// Reads the frozen bytes of one unit back.
    public mutating func restore(_ bytes: [UInt8], of unit: Int) throws(CanonicalFault) {
        var reader = CanonicalReader(bytes)
        for expected in Array(writerPrefix(unit)) {
            guard try reader.byte() == expected else { throw CanonicalFault(offset: reader.offset) }
        }
        earlierRanks[unit] = Int(try reader.integer())
        for place in indicators.indices {
            var input = LeafInput.none
            input.value = try reader.optional()
            guard let origin = InputOrigin(rawValue: try reader.byte()) else {
                throw CanonicalFault(offset: reader.offset)
            }
            input.origin = origin
            input.target = try reader.optional()
            input.earlier = try reader.optional()
            if try reader.flag() { input.valueID = ValueID(try reader.uuid()) }
            if try reader.flag() {
                input.figure = DerivedFigure(
                    numerator: try reader.integer(), denominator: try reader.integer(),
                    events: Int(try reader.integer()))
            }
            leaves[place][unit] = input
        }
        try reader.finish()
    }

    private func writerPrefix(_ unit: Int) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.write(units[unit].text)
        return writer.bytes
    }
}

extension UnitScore {
    /// The bytes of a score: everything that is shown of it.
    public var canonicalBytes: [UInt8] {
        var writer = CanonicalWriter()
        writer.write(unit.text)
        for number in [score, weighted, bonus, deduction] { writer.write(number) }
        writer.write(isVetoed)
        for number in [rank, tied, earlierRank, nodes.count] { writer.write(number) }
        for node in nodes {
            writer.write(node.points)
            writer.write(node.weighted)
            writer.write(node.isMissing)
        }
        return writer.bytes
    }

    /// Reads a score back.
    public init(unit: UnitID, canonicalBytes bytes: [UInt8]) throws(CanonicalFault) {
        var reader = CanonicalReader(bytes)
        guard try reader.integer() == Int64(unit.text.utf8.count) else { throw CanonicalFault(offset: 0) }
        for expected in unit.text.utf8 {
            guard try reader.byte() == expected else { throw CanonicalFault(offset: reader.offset) }
        }
        let (score, weighted, bonus, deduction) = (
            try reader.integer(), try reader.integer(), try reader.integer(), try reader.integer()
        )
        let isVetoed = try reader.flag()
        let (rank, tied, earlier, count) = (
            try reader.integer(), try reader.integer(), try reader.integer(), try reader.integer()
        )
        guard (0...Int64(SchemeContent.greatestSize)).contains(count) else {
            throw CanonicalFault(offset: reader.offset)
        }
        var nodes: [NodeScore] = []
        for _ in 0..<count {
            nodes.append(
                NodeScore(
                    points: try reader.optional(), weighted: try reader.integer(), isMissing: try reader.flag()))
        }
        try reader.finish()
        self.init(
            unit: unit, score: score, weighted: weighted, bonus: bonus, deduction: deduction, isVetoed: isVetoed,
            rank: Int(rank), tied: Int(tied), earlierRank: Int(earlier), nodes: nodes)
    }
}
