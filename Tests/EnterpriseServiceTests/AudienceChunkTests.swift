import Domain
import EnterpriseContracts
import EnterpriseDomain
import Foundation
import ServiceRuntime
import Testing

@testable import EnterpriseService

@Suite("Chunks of an audience (ENT-11)")
struct ChunkTests {
    @Test("many members with an estimate each keep both limits and can be put together again")
    func limits() throws {
        let point = try PointCatalogue.Point(
            id: newID(), revision: 1, title: "", isInForce: true, eventSeq: 1,
            terms: PointTerms(Content.sample(.list(Sample.list("double-50")))))
        let ordinals = (0..<20_001).map { UInt32($0 * 200_000) }
        let fen = ordinals.map { Int64($0) << 30 }
        let events = try AudienceEvents.chunks(
            of: point, generation: 1, verdict: .met, ordinals: ordinals, estimates: .each(fen), firstChunk: 2)
        let chunks = try events.map { try Zhitongche_Enterprise_V1_AudienceChunk(serializedBytes: $0.payload) }
        #expect(events.allSatisfy { $0.payload.count <= AudienceWriter.chunkBytes })
        #expect(chunks.allSatisfy { $0.ordinalDeltas.count <= AudienceWriter.chunkLimit })
        #expect(chunks.map(\.chunk) == (0..<Int32(chunks.count)).map { $0 + 2 })
        let together = chunks.flatMap { chunk in
            chunk.ordinalDeltas.reduce(into: [UInt32]()) { $0.append(($0.last ?? 0) + $1) }
        }
        #expect(together == ordinals)
        #expect(chunks.flatMap(\.estimatedFen) == fen)
    }

    @Test("the hash is over four big-endian bytes per ordinal")
    func hash() {
        let hash = AudienceWriter.hash(of: [1, 256])
        // SHA-256 of 00 00 00 01 00 00 01 00.
        #expect(hash.count == 32)
        #expect(hash != AudienceWriter.hash(of: [256, 1]))
        #expect(AudienceWriter.hash(of: []).prefix(4) == [0xE3, 0xB0, 0xC4, 0x42])
    }
}
