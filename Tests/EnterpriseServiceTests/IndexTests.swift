import Domain
import EnterpriseDomain
import Foundation
import Testing

@testable import EnterpriseService

/// The seed of this run: printed, and taken from `ZTC_SEED` to repeat one.
private let seed: UInt64 = {
    let seed =
        ProcessInfo.processInfo.environment["ZTC_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1...UInt64.max)
    print("index tests: ZTC_SEED=\(seed)")
    return seed
}()

@Suite("The index and the evaluator give the same answer (ENT-9, ENT-12a, ENT-13)")
struct IndexTests {
    private let today = Sample.day("2020-04-20")

    private func content(_ profiles: some Sequence<EnterpriseProfile>) -> IndexContent {
        var content = IndexContent(day: today, maintained: Sample.maintained)
        for profile in profiles { content.apply(profile, version: 1) }
        return content
    }

    private func subject(_ profile: EnterpriseProfile) -> MatchSubject {
        MatchSubject(profile, maintained: Sample.maintained, today: today)
    }

    @Test("ENT-9: for random points and enterprises, unknowns included, point by point and enterprise by enterprise")
    func property() {
        var sample = Sample(seed: seed, stream: "property")
        var profiles = Dictionary(
            uniqueKeysWithValues: (1...300).map { ordinal in
                // Ordinals lie apart and in several blocks, as they do after rolled-back loads.
                let ordinal = UInt32(ordinal * 700)
                return (ordinal, sample.profile(ordinal))
            })
        var content = content(profiles.values)
        let points = (0..<200).map { _ in sample.terms() }
        for round in 1...2 {
            let subjects = profiles.mapValues(subject)
            for terms in points {
                let sets = content.audience(of: terms)
                let verdicts = terms.condition.map { content.evaluate($0) }
                for (ordinal, subject) in subjects {
                    #expect(
                        sets.verdict(of: ordinal) == terms.membership(of: subject),
                        "seed \(seed), round \(round), enterprise \(ordinal), point \(terms)")
                    guard subject.isActive, let verdicts else { continue }
                    let verdict: Verdict =
                        verdicts.met.contains(ordinal) ? .met : verdicts.notMet.contains(ordinal) ? .notMet : .unknown
                    #expect(verdict == terms.verdict(for: subject.facts), "seed \(seed), enterprise \(ordinal)")
                }
                #expect(sets.counts.total == sets.all.count)
            }
            // Half of the enterprises change; the second round sees whether anything of the former state is left.
            for ordinal in profiles.keys.sorted() where sample.chance(50) {
                let changed = sample.profile(ordinal)
                profiles[ordinal] = changed
                content.apply(changed, version: Int64(round) + 1)
            }
        }
    }

    @Test("an older version does not replace a newer one")
    func versions() {
        var sample = Sample(seed: seed, stream: "versions")
        let newer = sample.profile(3)
        var older = newer
        older.status = newer.status == .active ? .revoked : .active
        var content = IndexContent(day: today)
        content.apply(newer, version: 5)
        content.apply(older, version: 4)
        #expect(content.active.contains(3) == (newer.status == .active))
        #expect(content.version(of: 3) == 5)
    }

    @Test("POL-8a: near misses are those for whom every other part of the outermost all is met")
    func nearMisses() {
        var sample = Sample(seed: seed, stream: "near-misses")
        let profiles = (1...200).map { sample.profile(UInt32($0)) }
        let content = content(profiles)
        for _ in 0..<50 {
            let parts = (0..<3).map { _ in sample.condition(depth: 1) }
            let expected = parts.indices.map { index in
                profiles.filter { profile in
                    let facts = subject(profile).facts
                    return profile.status == .active
                        && parts.indices.allSatisfy { other in
                            ConditionEvaluator.verdict(of: parts[other], for: facts)
                                == (other == index ? .notMet : .met)
                        }
                }.count
            }
            #expect(content.nearMisses(of: .all(parts)).map(\.count) == expected, "seed \(seed)")
        }
        #expect(content.nearMisses(of: .any([.list(Sample.lists[0])])).isEmpty)
    }

    @Test("ENT-11: distributions count every member once at its place, and estimates are the estimator's")
    func figures() throws {
        var sample = Sample(seed: seed, stream: "figures")
        let profiles = (1...300).map { sample.profile(UInt32($0)) }
        let content = content(profiles)
        for _ in 0..<30 {
            let sets = content.audience(of: sample.terms())
            var expected = AudienceBreakdown()
            for profile in profiles {
                guard let verdict = sets.verdict(of: profile.ordinal) else { continue }
                expected.byCounty[profile.region.county, default: AudienceCount()][verdict] += 1
                expected.bySection[profile.industry.section, default: AudienceCount()][verdict] += 1
                expected.bySize[profile.size, default: AudienceCount()][verdict] += 1
            }
            #expect(content.breakdown(of: sets) == expected)
            #expect(expected.bySize.values.reduce(0) { $0 + $1.total } == sets.counts.total)
        }
        let benefit = Benefit.perUnit(Sample.key("employees"), amount: Money(fen: 20_000), per: .personMonth)
        guard case .each(let estimates) = content.estimates(of: benefit, for: profiles.map(\.ordinal)) else {
            Issue.record("a sum per person differs by enterprise")
            return
        }
        for (profile, fen) in zip(profiles, estimates) {
            #expect(fen == PointTerms.estimatedFen(of: benefit, for: subject(profile).facts))
        }
        guard case .same(500) = content.estimates(of: .fixed(Money(fen: 500)), for: [1]) else {
            Issue.record("a fixed sum is the same for all")
            return
        }
    }
}

@Suite("Bitmaps (ENT-13)")
struct BitmapTests {
    @Test("sets behave like the standard library's")
    func operations() {
        var random = SeededRandom(seed: seed, stream: "bitmap")
        func draw(_ count: Int) -> Set<UInt32> {
            Set((0..<count).map { _ in UInt32.random(in: 0...200_000, using: &random) })
        }
        for _ in 0..<20 {
            let (left, right) = (draw(500), draw(700))
            let (a, b) = (Bitmap(left), Bitmap(right))
            #expect((a & b).ordinals == left.intersection(right).sorted())
            #expect((a | b).ordinals == left.union(right).sorted())
            #expect((a - b).ordinals == left.subtracting(right).sorted())
            #expect(a.countOfCommon(b) == left.intersection(right).count)
            #expect(Bitmap(serialised: a.serialised) == a)
            #expect(a.blocks.flatMap { $0.members.ordinals } == left.sorted())
            #expect(
                a.blocks.allSatisfy { block in block.members.ordinals.allSatisfy { Int32($0 >> 16) == block.number } })
        }
    }

    @Test("a copy does not see changes of the original")
    func copies() {
        var original = Bitmap([1, 2, 3])
        let copy = original
        original.insert(4)
        original.remove(1)
        #expect(copy.ordinals == [1, 2, 3])
        #expect(original.ordinals == [2, 3, 4])
    }

    @Test("pages follow each other without gap or repetition")
    func pages() {
        let set = Bitmap((0..<1_000).map { $0 * 3 })
        var found: [UInt32] = []
        while true {
            let page = set.ordinals(after: found.last, limit: 77)
            if page.isEmpty { break }
            found += page
        }
        #expect(found == set.ordinals)
    }

    @Test("membership in at least so many sets, borders included")
    func atLeast() {
        let sets = [Bitmap([1, 2, 3]), Bitmap([2, 3]), Bitmap([3, 4])]
        let universe = Bitmap([1, 2, 3, 4, 5])
        let expected: [[UInt32]] = [[1, 2, 3, 4, 5], [1, 2, 3, 4], [2, 3], [3], []]
        for (count, members) in expected.enumerated() {
            #expect(Bitmap.inAtLeast(count, of: sets, universe: universe).ordinals == members)
        }
    }

    @Test("bytes that are no bitmap are refused")
    func malformed() {
        #expect(Bitmap(serialised: [1, 2, 3]) == nil)
        #expect(Bitmap(serialised: []) == nil)
        #expect(Bitmap(serialised: Array(Bitmap([1, 70_000]).serialised.dropLast(3))) == nil)
    }
}

@Suite("The representative's name at rest (ENT-1, ENT-16)")
struct VaultTests {
    private let vault = Vault(key: [UInt8](repeating: 7, count: 32))

    @Test("what was sealed is opened, only for its own credit code and by its own key")
    func sealing() throws {
        let sealed = try vault.seal("张三", of: "code-1")
        #expect(try vault.open(sealed, of: "code-1") == "张三")
        #expect(try vault.seal("张三", of: "code-1") != sealed)
        #expect(String(decoding: sealed, as: UTF8.self).contains("张") == false)
        #expect(throws: (any Error).self) { try vault.open(sealed, of: "code-2") }
        #expect(throws: (any Error).self) {
            try Vault(key: [UInt8](repeating: 8, count: 32)).open(sealed, of: "code-1")
        }
    }

    @Test("hashes compare names of one credit code")
    func hashing() {
        let hash = vault.hash("张三", of: "code-1")
        #expect(vault.matches("张三", of: "code-1", hash))
        #expect(!vault.matches("李四", of: "code-1", hash))
        #expect(!vault.matches("张三", of: "code-2", hash))
        #expect(vault.hash("张三", of: "code-2") != hash)
    }
}

@Suite("Filling the index in bulk (ENT-13)")
struct FillingTests {
    @Test("ENT-13: enterprises taken in together give the index that they give one by one")
    func filling() {
        var sample = Sample(seed: seed, stream: "filling")
        let today = Sample.day("2020-04-20")
        let empty = IndexContent(day: today, maintained: Sample.maintained)
        let profiles = (1...600).map { sample.profile(UInt32($0 * 311)) }
        var single = empty
        var filling = IndexFilling(empty)
        for (index, profile) in profiles.enumerated() {
            single.apply(profile, version: Int64(index) + 1)
            filling.add(profile, version: Int64(index) + 1)
        }
        var bulk = filling.finish()
        // Also after a change, which finds and removes all that is held of an enterprise.
        for round in 1...2 {
            #expect(bulk.count == single.count)
            #expect(bulk.active == single.active)
            for profile in profiles {
                #expect(bulk.version(of: profile.ordinal) == single.version(of: profile.ordinal))
            }
            for _ in 0..<150 {
                let terms = sample.terms()
                let (sets, expected) = (bulk.audience(of: terms), single.audience(of: terms))
                #expect(sets == expected, "seed \(seed), \(round), \(terms)")
                #expect(bulk.breakdown(of: sets) == single.breakdown(of: expected))
            }
            for profile in profiles.prefix(200) {
                let changed = sample.profile(profile.ordinal)
                bulk.apply(changed, version: 10_000)
                single.apply(changed, version: 10_000)
            }
        }
    }

    @Test("ENT-13: bits become the same set, lists and bits of the portable form alike")
    func bits() {
        var random = SeededRandom(seed: seed, stream: "bits")
        for share in [0.001, 0.05, 0.0625, 0.5, 1] {
            var bits = OrdinalBits()
            var members: [UInt32] = []
            for ordinal in 0..<UInt32(200_003) where Double.random(in: 0..<1, using: &random) < share {
                bits.insert(ordinal)
                members.append(ordinal)
            }
            #expect(Bitmap(bits).ordinals == members)
            #expect(Bitmap(bits) == Bitmap(members))
            members.removeAll { $0.isMultiple(of: 3) }
            for ordinal in stride(from: UInt32(0), to: 200_003, by: 3) { bits.remove(ordinal) }
            #expect(Bitmap(bits).ordinals == members)
        }
        #expect(Bitmap(OrdinalBits()).isEmpty)
    }
}
