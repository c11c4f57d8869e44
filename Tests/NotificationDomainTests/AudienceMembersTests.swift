import Domain
import Foundation
import NotificationDomain
import Testing

/// The seed of this run; set `ZTC_TEST_SEED` to repeat one.
let testSeed: UInt64 = {
    let seed = ProcessInfo.processInfo.environment["ZTC_TEST_SEED"].flatMap { UInt64($0) } ?? 20_200_420
    print("NotificationDomainTests seed \(seed)")
    return seed
}()

@Suite("NTF-5 members of an audience as bytes")
struct AudienceMembersTests {
    private static func random(_ generator: inout SeededRandom) throws -> AudienceMembers {
        let count = Int.random(in: 1...300, using: &generator)
        let span = [UInt32(400), 100_000, .max].randomElement(using: &generator) ?? .max
        var ordinals: Set<UInt32> = []
        while ordinals.count < count { ordinals.insert(UInt32.random(in: 0...span, using: &generator)) }
        let estimates: AudienceMembers.Estimates =
            switch Int.random(in: 0...2, using: &generator) {
            case 0: .none
            case 1: .same(Int64.random(in: 0...Int64.max, using: &generator))
            case _: .each(ordinals.map { _ in Int64.random(in: 0...500_000_000, using: &generator) })
            }
        return try AudienceMembers(ordinals: ordinals.sorted(), estimates: estimates)
    }

    @Test("what is written is read back, and every member is found with its estimate")
    func roundTrip() throws {
        var generator = SeededRandom(seed: testSeed, stream: "members")
        for _ in 0..<500 {
            let members = try Self.random(&generator)
            let read = try AudienceMembers(encoded: members.encoded)
            #expect(read == members)
            let known = Set(members.ordinals)
            for (index, ordinal) in members.ordinals.enumerated() {
                let expected: Int64 =
                    switch members.estimates {
                    case .none: 0
                    case .same(let fen): fen
                    case .each(let fen): fen[index]
                    }
                #expect(read.estimate(of: ordinal) == expected)
            }
            for _ in 0..<20 {
                let stranger = UInt32.random(in: 0...UInt32.max, using: &generator)
                #expect(read.contains(stranger) == known.contains(stranger))
            }
        }
    }

    @Test("members of a dense audience take little more than a byte each")
    func compact() throws {
        let members = try AudienceMembers(ordinals: (0..<8_000).map { $0 * 3 }, estimates: .same(100_000))
        #expect(members.encoded.count < 8_100)
    }

    @Test("damaged bytes are refused or read as some valid members, never trapped on")
    func damaged() throws {
        var generator = SeededRandom(seed: testSeed, stream: "damage")
        var refused = 0
        for _ in 0..<2_000 {
            var bytes = try Self.random(&generator).encoded
            switch Int.random(in: 0...2, using: &generator) {
            case 0:
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.removeLast(Int.random(in: 1...bytes.count, using: &generator))
            case _: bytes.append(UInt8.random(in: 0...255, using: &generator))
            }
            do {
                let read = try AudienceMembers(encoded: bytes)
                #expect(read.ordinals == Array(Set(read.ordinals)).sorted())
            } catch {
                refused += 1
            }
        }
        #expect(refused > 1_000)
    }

    @Test("differences of the event become ascending ordinals")
    func deltas() throws {
        let members = try AudienceMembers(deltas: [7, 1, 100], estimatedFen: [5, 0, 9])
        #expect(members.ordinals == [7, 8, 108])
        #expect(members.estimate(of: 108) == 9)
        #expect(members.estimate(of: 9) == nil)
        #expect(try AudienceMembers(deltas: [0], estimatedFen: [3]).estimate(of: 0) == 3)
    }

    @Test(
        "chunks that break the contract are refused with the reason",
        arguments: [
            ([], [], AudienceError.emptyChunk),
            ([1, 0], [], .notAscending(position: 1)),
            ([UInt32.max, 1], [], .ordinalOverflow(position: 1)),
            ([1, 1, 1], [1, 2], .estimateCount(expected: 3, found: 2)),
            ([1, 1], [-1], .negativeEstimate(position: 0)),
            ([1, 1], [4, -1], .negativeEstimate(position: 1)),
        ])
    func broken(deltas: [UInt32], fen: [Int64], error: AudienceError) {
        #expect(throws: error) { try AudienceMembers(deltas: deltas, estimatedFen: fen) }
    }

    @Test("a chunk holds 8,000 members and not one more")
    func limit() throws {
        #expect(try AudienceMembers(deltas: Array(repeating: 1, count: 8_000), estimatedFen: []).last == 8_000)
        #expect(throws: AudienceError.tooManyMembers(limit: 8_000)) {
            try AudienceMembers(deltas: Array(repeating: 1, count: 8_001), estimatedFen: [])
        }
    }
}

@Suite("NTF-5 sets of enterprises")
struct OrdinalSetTests {
    @Test("merging, subtracting, uniting and counting agree with plain sets")
    func agreesWithSets() throws {
        var generator = SeededRandom(seed: testSeed, stream: "ordinals")
        for _ in 0..<300 {
            func some() -> Set<UInt32> {
                Set(
                    (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                        UInt32.random(in: 0...80, using: &generator)
                    })
            }
            let (left, right) = (some(), some())
            let (a, b) = (OrdinalSet(left.shuffled(using: &generator)), OrdinalSet(Array(right) + Array(right)))
            #expect(a.subtracting(b).ordinals == left.subtracting(right).sorted())
            #expect(a.union(b).ordinals == left.union(right).sorted())
            #expect(a.commonCount(with: b) == left.intersection(right).count)
        }
    }

    @Test("an ordinal in two chunks is refused")
    func repeated() throws {
        let chunks = [try AudienceMembers(ordinals: [1, 5, 9]), try AudienceMembers(ordinals: [2, 5])]
        #expect(throws: AudienceError.repeatedOrdinal(5)) { try OrdinalSet(merging: chunks) }
    }

    @Test("a large set is cut into chunks that hold it, and its bytes are big-endian")
    func chunks() throws {
        let all = OrdinalSet(Array(0..<20_001))
        let chunks = try all.chunks()
        #expect(chunks.map(\.ordinals.count) == [8_000, 8_000, 4_001])
        #expect(try OrdinalSet(merging: chunks) == all)
        var bytes: [UInt8] = []
        OrdinalSet([0x0102_0304, 5]).forEachPieceOfBytes { bytes += $0 }
        #expect(bytes == [0, 0, 0, 5, 1, 2, 3, 4])
    }
}
