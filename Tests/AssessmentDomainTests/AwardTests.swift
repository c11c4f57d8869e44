import Domain
import Foundation
import Testing

@testable import AssessmentDomain

@Suite("ASM-10 awards and warnings")
struct AwardTests {
    private func score(_ slug: String, _ score: Int64, rank: Int, tied: Int = 1) throws -> UnitScore {
        UnitScore(
            unit: try unit(slug), score: score * 1_000_000, weighted: 0, bonus: 0, deduction: 0, isVetoed: false,
            rank: rank, tied: tied, earlierRank: 0, nodes: [])
    }

    private func rule(_ terms: AwardTerms, for units: [String] = []) throws -> AwardRule {
        AwardRule(
            code: try NodeCode("rule", field: "code"), name: "规则", units: Set(try units.map(unit)), terms: terms)
    }

    private func inputs(_ id: String, _ values: [LeafInput], _ direction: Direction = .more) throws -> ScoringInputs {
        var inputs = ScoringInputs(
            units: try ["a", "b", "c", "d"].map(unit), indicators: [(try IndicatorID(id, field: "id"), direction)])
        inputs.leaves[0] = values
        return inputs
    }

    private func whole(_ value: Int64, target: Int64? = nil, earlier: Int64? = nil) -> LeafInput {
        LeafInput(
            value: value * 1_000_000, origin: .verified, target: target.map { $0 * 1_000_000 },
            earlier: earlier.map { $0 * 1_000_000 })
    }

    private func scores() throws -> [UnitScore] {
        [
            try score("a", 95, rank: 1), try score("b", 90, rank: 2, tied: 2), try score("c", 90, rank: 2, tied: 2),
            try score("d", 80, rank: 4),
        ]
    }

    @Test("ASM-10 1.5, 1.0 and 0.7 million yuan from the provincial mean score on; a shared place shares the prizes")
    func reference() throws {
        let prizes = try [1_500_000, 1_000_000, 700_000].map { try Money(yuan: $0) }
        let awarding = Awarding(
            scores: try scores(), inputs: try inputs("x", Array(repeating: .none, count: 4)), lastBefore: [])
        let awards = try awarding.proposals([rule(.referencePrizes(reference: FixedNumber(whole: 90), prizes))])
        #expect(awards.map(\.unit.text) == ["a", "b", "c"])
        #expect(
            awards.map(\.kind) == [
                .money(prizes[0]), .money(try Money(yuan: 850_000)), .money(try Money(yuan: 850_000)),
            ])
        #expect(awards[1].arithmetic == "score 90 ≥ 90, places 2 to 3: 1,700,000.00 / 2 = 850,000.00")
        let high = try awarding.proposals([rule(.referencePrizes(reference: FixedNumber(whole: 93), prizes))])
        #expect(high.map(\.unit.text) == ["a"])
    }

    @Test("ASM-10 100,000 yuan for each place gained, 50,000 for each full 100 million above the task, doubled")
    func amounts() throws {
        let id = try IndicatorID("x", field: "id")
        let places = Awarding(
            scores: try scores(),
            inputs: try inputs(
                "x", [whole(10, earlier: 13), whole(10, earlier: 10), whole(12, earlier: 11), .none], .less),
            lastBefore: [])
        let gained = try places.proposals([rule(.placePrize(id, try Money(yuan: 100_000)))])
        #expect(gained.map(\.unit.text) == ["a"])
        #expect(try gained[0].kind == .money(Money(yuan: 300_000)))
        #expect(gained[0].arithmetic == "place 13 → 10 = 3 places × 100,000.00 = 300,000.00")
        let steps = Awarding(
            scores: try scores(),
            inputs: try inputs(
                "x",
                [
                    LeafInput(value: 13_700_000, origin: .verified, target: 10_000_000), whole(10, target: 10),
                    whole(9, target: 10), whole(20),
                ]), lastBefore: [])
        let above = try steps.proposals([
            rule(.stepPrize(id, step: FixedNumber(whole: 1), try Money(yuan: 50_000), aboveTarget: true, factor: 2))
        ])
        // 3.7 above the target count twice: 7 full steps; a unit without a target gets nothing.
        #expect(above.map(\.unit.text) == ["a"])
        #expect(try above[0].kind == .money(Money(yuan: 350_000)))
        let met = try steps.proposals([rule(.targetPrize(id, try Money(yuan: 500_000)), for: ["a", "b", "c"])])
        #expect(met.map(\.unit.text) == ["a", "b"])
    }

    @Test("ASM-10 yellow card for a national zone that did not rise, for a provincial one only when it is last too")
    func warnings() throws {
        let id = try IndicatorID("x", field: "id")
        let awarding = Awarding(
            scores: try scores(),
            inputs: try inputs(
                "x", [whole(10, earlier: 13), whole(10, earlier: 10), whole(12, earlier: 11), whole(40, earlier: 40)],
                .less),
            lastBefore: [try unit("d")])
        let national = try awarding.proposals([rule(.notRisen(id, andLast: false), for: ["a", "b", "c"])])
        #expect(national.map(\.unit.text) == ["b", "c"] && national.allSatisfy { $0.kind == .yellowCard })
        let provincial = try awarding.proposals([rule(.notRisen(id, andLast: true))])
        #expect(provincial.map(\.unit.text) == ["d"])
        #expect(provincial[0].arithmetic == "place 40 → 40 = 0 places, and last with rank 4 of 4")
        let change = try awarding.proposals([rule(.changeOfLeader(id, limit: 30))])
        #expect(change.map(\.unit.text) == ["d"] && change[0].kind == .changeOfLeader)
        #expect(try awarding.proposals([rule(.changeOfLeader(id, limit: 40))]).isEmpty)
        let fresh = Awarding(
            scores: try scores(), inputs: try inputs("x", [whole(40), whole(40), whole(40), whole(40)]), lastBefore: [])
        #expect(try fresh.proposals([rule(.changeOfLeader(id, limit: 30))]).isEmpty)
        #expect(
            Awarding.last(of: [try score("a", 90, rank: 1, tied: 2), try score("b", 90, rank: 1, tied: 2)]).isEmpty)
    }
}
