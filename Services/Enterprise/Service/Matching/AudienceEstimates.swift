import Domain
import Postgres

/// The estimates in fen that subscribers were told for the members of an audience, 0 where there is none (ENT-11).
///
/// Only benefits that depend on an attribute have them; what is the same for all follows from the point. They lie in
/// blocks of 4,096 ordinals, so that one enterprise more or less rewrites one block.
struct AudienceEstimates: Sendable, Equatable {
    private static let blockSize = 4_096
    private static let bytes = MemoryLayout<Int64>.size

    private var blocks: [Int32: [Int64]] = [:]

    /// No estimates.
    init() {}

    /// The estimates of a computed audience.
    init(_ sets: AudienceSets, _ estimates: VerdictEstimates) {
        for verdict in [Verdict.met, .unknown] {
            guard case .each(let all) = estimates[verdict] else { continue }
            for (ordinal, fen) in zip(sets[verdict].ordinals, all) { self[ordinal] = fen }
        }
    }

    /// The block of an ordinal.
    static func block(of ordinal: UInt32) -> Int32 { Int32(Int(ordinal) / blockSize) }

    /// The estimate of one member.
    subscript(ordinal: UInt32) -> Int64 {
        get { blocks[Self.block(of: ordinal)]?[Int(ordinal) % Self.blockSize] ?? 0 }
        set {
            let block = Self.block(of: ordinal)
            if newValue == 0, blocks[block] == nil { return }
            blocks[block, default: [Int64](repeating: 0, count: Self.blockSize)][Int(ordinal) % Self.blockSize] =
                newValue
        }
    }

    /// The blocks in which two audiences differ.
    func blocks(differingFrom other: AudienceEstimates) -> [Int32] {
        Set(blocks.keys).union(other.blocks.keys).filter { blocks[$0] != other.blocks[$0] }.sorted()
    }

    /// The stored form of the blocks that hold an estimate, each number eight bytes, little-endian.
    var serialised: [(block: Int32, bytes: [UInt8])] {
        blocks.filter { $0.value.contains { $0 != 0 } }.sorted { $0.key < $1.key }.map { block, fen in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(Self.blockSize * Self.bytes)
            for one in fen { withUnsafeBytes(of: one.littleEndian) { bytes.append(contentsOf: $0) } }
            return (block, bytes)
        }
    }

    /// Takes in a stored block.
    ///
    /// - Throws: `PostgresError` when it has another length.
    mutating func insert(block: Int32, serialised bytes: [UInt8]) throws {
        guard bytes.count == Self.blockSize * Self.bytes else {
            throw PostgresError.decoding(column: "estimates", reason: "has \(bytes.count) bytes")
        }
        blocks[block] = bytes.withUnsafeBytes { raw in
            (0..<Self.blockSize).map {
                Int64(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * Self.bytes, as: Int64.self))
            }
        }
    }
}
