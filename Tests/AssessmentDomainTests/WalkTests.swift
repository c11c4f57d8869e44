import Domain
import Foundation
import Testing

@testable import AssessmentDomain

@Suite("ASM-7, ASM-8 random walks")
struct WalkTests {
    private static let people = [drafter, second, third]

    @Test(
        "ASM-7 a value's history only grows, no author verifies, and what was squeezed out is the difference",
        arguments: [1, 2, 3] as [UInt64])
    func values(seed: UInt64) throws {
        var random = SeededRandom(seed: seed, stream: "assessment.value.walk")
        var verified = 0
        for _ in 0..<100 {
            var value = ReportedValue.report(
                FixedNumber(whole: 100), of: try indicator().id, unit: try unit("a"),
                period: try AssessmentPeriod(.month, year: 2020, number: 3), id: ValueID(UUID()),
                isLate: Bool.random(using: &random), by: drafter, at: noon)
            let first = value
            for _ in 0..<40 {
                let before = value
                let who = try #require(Self.people.randomElement(using: &random))
                let number = FixedNumber(whole: Int64.random(in: 90...100, using: &random))
                let reason = Bool.random(using: &random) ? "核对" : ""
                do {
                    switch try #require(ValueCommand.allCases.randomElement(using: &random)) {
                    case .revise: try value.revise(to: number, reason: reason, by: who, at: noon)
                    case .verify: try value.verify(as: number, reason: reason, by: who, at: noon)
                    case .reopen: try value.reopen(reason: reason, by: who, at: noon)
                    }
                    #expect(value.version == before.version + 1)
                    #expect(value.entries.count == before.entries.count + 1)
                    #expect(Array(value.entries.dropLast()) == before.entries)
                } catch is ValueError {
                    #expect(value == before)
                }
                #expect(value.entries.map(\.number) == Array(1...value.entries.count))
                #expect(value.isLate == first.isLate)
                let writers = value.entries.filter { [.reported, .late, .revised].contains($0.kind) }
                guard value.state == .verified else {
                    #expect(value.squeezed == nil)
                    continue
                }
                verified += 1
                let last = try #require(value.entries.last)
                #expect(last.kind == .verified && !writers.map(\.account).contains(last.account))
                let reported = try #require(writers.last?.value.millionths)
                #expect(value.squeezed?.millionths == value.value.millionths - reported)
            }
        }
        #expect(verified > 100)
    }

    @Test(
        "ASM-8 the version of a scheme in force changes only by publication, by somebody who did not write on it",
        arguments: [1, 2, 3] as [UInt64])
    func schemes(seed: UInt64) throws {
        var random = SeededRandom(seed: seed, stream: "assessment.scheme.walk")
        func content(_ number: Int) -> SchemeContent {
            SchemeContent(name: "方案\(number)", nodes: [], bonusCap: .zero, bonusUnits: [], verifiedOnly: false)
        }
        var scheme = Scheme.draft(content(0), of: .county, id: SchemeID(UUID()), by: drafter)
        var publications = 0
        for step in 1...2_000 {
            let before = scheme
            // Two write and three publish: who wrote on a version may not publish it.
            let writer = try #require(Self.people.prefix(2).randomElement(using: &random))
            let who = try #require(Self.people.randomElement(using: &random))
            do {
                switch try #require(SchemeCommand.allCases.randomElement(using: &random)) {
                case .edit:
                    try scheme.edit(content(step), by: writer)
                    #expect(scheme.newest.authors.contains(writer))
                case .publish:
                    let superseded = try scheme.publish(by: who)
                    #expect(superseded == before.inForce?.number && !scheme.newest.authors.contains(who))
                    publications += 1
                case .revise: try scheme.revise(by: writer)
                }
                #expect(scheme.version == before.version + 1)
            } catch is SchemeError {
                #expect(scheme == before)
            }
            if scheme.inForce != before.inForce { #expect(scheme.inForce == before.newest) }
            #expect(scheme.newest.number == publications + (scheme.stateName == .draft ? 1 : 0))
        }
        #expect(publications > 50)
    }

    @Test(
        "ASM-8 a result is published once or thrown away once, by another than who computed it; awards need the first",
        arguments: [1, 2, 3] as [UInt64])
    func results(seed: UInt64) throws {
        var random = SeededRandom(seed: seed, stream: "assessment.result.walk")
        var ends: Set<ResultState> = []
        for _ in 0..<200 {
            var result = AssessmentResult(
                id: ResultID(UUID()), tier: .county, period: try AssessmentPeriod(.month, year: 2020, number: 3),
                scheme: SchemeID(UUID()), schemeRevision: 1, units: 1, inputsDigest: [1], scoresDigest: [2],
                computedBy: drafter, computedAt: noon, eventPlace: 7)
            for _ in 0..<8 {
                let before = result
                let who = try #require(Self.people.randomElement(using: &random))
                do {
                    switch try #require(ResultCommand.allCases.randomElement(using: &random)) {
                    case .publish:
                        try result.publish(by: who, at: noon)
                        #expect(who != drafter)
                    case .discard: try result.discard()
                    case .proposeAwards:
                        try result.requirePublished()
                        #expect(result == before && result.stateName == .published)
                    }
                } catch is ResultError {
                    #expect(result == before)
                }
                if before.stateName != .draft { #expect(result == before, "an end stays an end") }
                #expect(result.version == (result.stateName == .draft ? 1 : 2))
                #expect(result.inputsDigest == [1] && result.scoresDigest == [2] && result.eventPlace == 7)
            }
            ends.insert(result.stateName)
        }
        #expect(ends.isSuperset(of: [.published, .discarded]))
    }
}
