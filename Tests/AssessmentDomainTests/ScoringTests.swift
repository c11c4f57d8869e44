import Domain
import Foundation
import Testing

@testable import AssessmentDomain

@Suite("ASM-8, ASM-10 scores and ranks")
struct ScoringTests {
    /// Points of some values under one function with the whole weight.
    private func points(
        _ function: ScoringFunction, _ values: [LeafInput], direction: Direction = .more, month: Int = 12
    ) throws -> [String] {
        let leaf = LeafScoring(function: function, direction: direction, inputs: values, month: month)
        return values.indices.map { leaf.points($0).map { FixedNumber(millionths: $0).description } ?? "missing" }
    }

    private func value(_ text: String, target: String? = nil, earlier: String? = nil) throws -> LeafInput {
        LeafInput(
            value: try fixed(text).millionths, origin: .reported, target: try target.map { try fixed($0).millionths },
            earlier: try earlier.map { try fixed($0).millionths })
    }

    @Test("ASM-8 completion: ratio with cap and floor, in both directions, exact")
    func completion() throws {
        let function = ScoringFunction.completion(cap: FixedNumber(whole: 120), floor: FixedNumber(whole: 60))
        let inputs = try [
            value("50", target: "75"), value("44.99", target: "75"), value("45", target: "75"),
            value("100", target: "75"),
            value("5", target: "0"), value("5"), LeafInput.none,
        ]
        #expect(try points(function, inputs) == ["66.666667", "0", "60", "120", "100", "missing", "missing"])
        #expect(
            try points(
                function, [value("4", target: "3"), value("0", target: "3"), value("2", target: "3")], direction: .less)
                == ["75", "120", "120"])
    }

    @Test("ASM-8 scheduled progress: the part of the annual target due by the end of the period")
    func scheduled() throws {
        let even = ScoringFunction.scheduledProgress(cap: FixedNumber(whole: 110), duePercent: [])
        #expect(try points(even, [value("20", target: "80"), value("10", target: "80")], month: 3) == ["100", "50"])
        let percents: [Int64] = [5, 10, 15, 20, 25, 30, 41, 53, 65, 76, 88, 100]
        let shares = percents.map { FixedNumber(whole: $0) }
        let uneven = ScoringFunction.scheduledProgress(cap: FixedNumber(whole: 110), duePercent: shares)
        #expect(try points(uneven, [value("12", target: "80")], month: 3) == ["100"])
        #expect(try points(uneven, [value("11", target: "80")], month: 3) == ["91.666667"])
    }

    @Test("ASM-8 growth against the mean of all units together")
    func growth() throws {
        let function = ScoringFunction.growth(
            atMean: FixedNumber(whole: 80), perPercent: FixedNumber(whole: 2), cap: FixedNumber(whole: 100))
        // Together 230 against 200: 15 %. Apart 10 %, 20 %, and one without a year before.
        let inputs = try [value("110", earlier: "100"), value("120", earlier: "100"), value("7")]
        #expect(try points(function, inputs) == ["70", "90", "missing"])
        #expect(try points(function, [value("300", earlier: "100"), value("1", earlier: "100")]) == ["100", "0"])
    }

    @Test("ASM-8 efficacy coefficient: 60 + 40 × position, by stated or by found bounds")
    func efficacy() throws {
        let found = ScoringFunction.efficacy(floor: nil, best: nil)
        #expect(try points(found, [value("10"), value("40"), value("20")]) == ["60", "100", "73.333333"])
        #expect(
            try points(found, [value("10"), value("40"), value("20")], direction: .less) == ["100", "60", "86.666667"])
        #expect(try points(found, [value("5"), value("5")]) == ["100", "100"])
        let stated = ScoringFunction.efficacy(floor: try fixed("0"), best: try fixed("50"))
        #expect(try points(stated, [value("-1"), value("25"), value("60")]) == ["60", "80", "100"])
    }

    @Test("ASM-8 rank steps, threshold, veto, bonus and deduction")
    func others() throws {
        let steps = ScoringFunction.rankSteps([
            RankStep(upTo: 1, points: FixedNumber(whole: 100)), RankStep(upTo: 3, points: FixedNumber(whole: 80)),
        ])
        #expect(
            try points(steps, [value("1"), value("9"), value("5"), value("5"), LeafInput.none])
                == ["0", "100", "80", "80", "missing"])
        let limit = ScoringFunction.threshold(FixedNumber(whole: 3))
        #expect(try points(limit, [value("3"), value("2.99")]) == ["100", "0"])
        #expect(try points(limit, [value("3"), value("3.01")], direction: .less) == ["100", "0"])
        let bonus = ScoringFunction.bonus(points: try fixed("0.5"), cap: FixedNumber(whole: 2))
        #expect(try points(bonus, [value("3"), value("9"), value("-1")]) == ["1.5", "2", "0"])
    }

    @Test("ASM-8 rank steps go by the direction, and units that share a rank share its points")
    func sharedSteps() throws {
        let steps = ScoringFunction.rankSteps([
            RankStep(upTo: 1, points: FixedNumber(whole: 100)), RankStep(upTo: 2, points: FixedNumber(whole: 80)),
        ])
        let inputs = try [value("1"), value("9"), value("5"), value("5"), LeafInput.none]
        #expect(try points(steps, inputs) == ["0", "100", "80", "80", "missing"])
        #expect(try points(steps, inputs, direction: .less) == ["100", "0", "80", "80", "missing"])
    }

    @Test("ASM-8 scheduled progress stops at its cap and at 0, and a target of 0 is met by whatever is not negative")
    func scheduledBounds() throws {
        let even = ScoringFunction.scheduledProgress(cap: FixedNumber(whole: 110), duePercent: [])
        let inputs = try [
            value("80", target: "80"), value("-5", target: "80"), value("0", target: "0"), value("-1", target: "0"),
        ]
        #expect(try points(even, inputs, month: 3) == ["110", "0", "100", "0"])
    }

    private func node(
        _ code: String, _ weight: String, under parent: String? = nil, _ function: ScoringFunction? = nil,
        of indicator: String? = nil
    ) throws -> SchemeNode {
        SchemeNode(
            code: try NodeCode(code, field: "code"), parent: try parent.map { try NodeCode($0, field: "parent") },
            name: code, weight: try fixed(weight),
            content: try function.map { .leaf(try IndicatorID(indicator ?? code, field: "id"), $0) } ?? .branch)
    }

    private func content(_ extra: [SchemeNode] = [], bonusUnits: Set<UnitID> = []) throws -> SchemeContent {
        let full = ScoringFunction.completion(cap: FixedNumber(whole: 100), floor: .zero)
        return SchemeContent(
            name: "方案",
            nodes: try [
                node("invest", "60"), node("domestic", "40", under: "invest", full),
                node("foreign", "20", under: "invest", full),
                node("trade", "40", full),
            ] + extra, bonusCap: FixedNumber(whole: 2), bonusUnits: bonusUnits, verifiedOnly: false)
    }

    private func inputs(_ units: [String], _ rows: [String: [LeafInput]], less: Set<String> = []) throws
        -> ScoringInputs
    {
        var inputs = ScoringInputs(
            units: try units.map(unit),
            indicators: try rows.keys.map { (try IndicatorID($0, field: "id"), less.contains($0) ? .less : .more) })
        for (place, id) in inputs.indicators.enumerated() { inputs.leaves[place] = rows[id.text] ?? [] }
        return inputs
    }

    @Test("ASM-8 a tree adds up; bonus is capped and for some units only; a veto makes 0; deductions are taken off")
    func tree() throws {
        let content = try content(
            [
                node("big", "0", .bonus(points: FixedNumber(whole: 2), cap: FixedNumber(whole: 4))),
                node("world", "0", .bonus(points: FixedNumber(whole: 1), cap: FixedNumber(whole: 4))),
                node("late", "0", .deduction(points: try fixed("0.3"), cap: FixedNumber(whole: 1))),
                node("accident", "0", .veto(.zero)),
            ], bonusUnits: [try unit("a"), try unit("c")])
        let known = Dictionary(
            uniqueKeysWithValues: try ["domestic", "foreign", "trade", "big", "world", "late"].map {
                (try IndicatorID($0, field: "id"), Direction.more)
            } + [(try IndicatorID("accident", field: "id"), Direction.less)])
        try content.validate(for: known)
        let half = try value("50", target: "100")
        let done = try value("100", target: "100")
        let inputs = try inputs(
            ["a", "b", "c"],
            [
                "domestic": [half, done, done], "foreign": [done, half, done], "trade": [half, half, done],
                "big": [value("1"), value("1"), .none], "world": [value("3"), .none, .none],
                "late": [value("2"), .none, .none], "accident": [value("0"), .none, value("1")],
            ], less: ["accident"])
        let scores = Scoring(content, period: try AssessmentPeriod(.year, year: 2020, number: 1)).scores(inputs)
        let byUnit = Dictionary(uniqueKeysWithValues: scores.map { ($0.unit.text, $0) })
        let a = try #require(byUnit["a"])
        #expect(a.weighted == 60_000_000 && a.bonus == 2_000_000 && a.deduction == 600_000 && a.score == 61_400_000)
        #expect(a.nodes[0].weighted == 40_000_000 && a.nodes[0].points == nil)
        let b = try #require(byUnit["b"])
        #expect(b.score == 70_000_000 && b.bonus == 0 && b.rank == 1)
        let c = try #require(byUnit["c"])
        #expect(c.isVetoed && c.score == 0 && c.weighted == 100_000_000 && c.rank == 3)
        for score in scores {
            #expect(try UnitScore(unit: score.unit, canonicalBytes: score.canonicalBytes) == score)
        }
    }

    @Test("ASM-8 weights that do not add up, unknown indicators and bad parameters are named")
    func validation() throws {
        let full = ScoringFunction.completion(cap: FixedNumber(whole: 100), floor: FixedNumber(whole: 101))
        let scheme = SchemeContent(
            name: "",
            nodes: try [
                node("a", "60"), node("b", "50", under: "a", full), node("b", "10", under: "c", full),
                node("d", "30", .bonus(points: FixedNumber(whole: 2_000), cap: .zero), of: "b"),
            ], bonusCap: .zero, bonusUnits: [], verifiedOnly: false)
        let known = [try IndicatorID("b", field: "id"): Direction.more]
        do throws(InvalidFields) {
            try scheme.validate(for: known)
            Issue.record("the scheme was accepted")
        } catch {
            #expect(
                Set(error.errors.map(\.field)) == [
                    "content.name", "content.nodes", "content.nodes[0].weight",
                    "content.nodes[1].function.completion.floor",
                    "content.nodes[2].code", "content.nodes[2].parent_code",
                    "content.nodes[2].function.completion.floor",
                    "content.nodes[3].weight", "content.nodes[3].function.bonus.points",
                ])
        }
    }

    @Test("ASM-10 equal scores share a rank, the next rank counts them, and movement is against the period before")
    func ranks() throws {
        var inputs = try inputs(
            ["a", "b", "c", "d"],
            [
                "x": [
                    value("5", target: "10"), value("9", target: "10"), value("5", target: "10"),
                    value("1", target: "10"),
                ]
            ])
        inputs.earlierRanks = [1, 4, 0, 4]
        let content = SchemeContent(
            name: "方案",
            nodes: [try node("x", "100", .completion(cap: FixedNumber(whole: 100), floor: .zero))],
            bonusCap: .zero, bonusUnits: [], verifiedOnly: false)
        let scores = Scoring(content, period: try AssessmentPeriod(.month, year: 2020, number: 3)).scores(inputs)
        #expect(scores.map(\.unit.text) == ["b", "a", "c", "d"])
        #expect(scores.map(\.rank) == [1, 2, 2, 4])
        #expect(scores.map(\.tied) == [1, 2, 2, 1])
        #expect(scores.map(\.movement) == [3, -1, 0, 0])
    }

    @Test("ASM-15 frozen inputs come back as they were, byte for byte, and the order of units does not matter")
    func frozen() throws {
        var random = SeededRandom(seed: 7, stream: "frozen")
        let names = (0..<40).map { "unit-\($0)" }
        let ids = try (0..<12).map { (try IndicatorID("i-\($0)", field: "id"), $0 % 2 == 0 ? Direction.more : .less) }
        var inputs = ScoringInputs(units: try names.map(unit), indicators: ids)
        for place in inputs.indicators.indices {
            for column in inputs.units.indices {
                var input = LeafInput(
                    value: Int64.random(in: -FixedNumber.limit...FixedNumber.limit, using: &random), origin: .reported,
                    target: Int64.random(in: 0...FixedNumber.limit, using: &random),
                    earlier: Int64.random(in: -FixedNumber.limit...FixedNumber.limit, using: &random),
                    valueID: ValueID(UUID()))
                if Bool.random(using: &random) {
                    input = LeafInput(
                        value: 5, origin: .events, figure: DerivedFigure(numerator: 1, denominator: 20, events: 3))
                }
                inputs.leaves[place][column] = Int.random(in: 0..<9, using: &random) == 0 ? .none : input
            }
        }
        var restored = ScoringInputs(units: try names.shuffled(using: &random).map(unit), indicators: ids.reversed())
        for column in inputs.units.indices { try restored.restore(inputs.canonicalBytes(of: column), of: column) }
        #expect(restored == inputs)
        // Every function on values up to the limit stays in its arithmetic.
        let full = FixedNumber(whole: 1_000)
        let functions: [ScoringFunction] = [
            .completion(cap: full, floor: .zero), .scheduledProgress(cap: full, duePercent: []),
            .growth(atMean: full, perPercent: full, cap: full), .efficacy(floor: nil, best: nil),
            .rankSteps([RankStep(upTo: 9, points: full)]), .threshold(.zero), .veto(.zero),
            .bonus(points: full, cap: full), .deduction(points: full, cap: full),
        ]
        let nodes = try functions.enumerated().map { try node("n-\($0)", "0", $1, of: "i-\($0)") }
        let content = SchemeContent(name: "方案", nodes: nodes, bonusCap: full, bonusUnits: [], verifiedOnly: false)
        let scoring = Scoring(content, period: try AssessmentPeriod(.month, year: 2020, number: 1))
        let scores = scoring.scores(inputs)
        #expect(scoring.scores(restored) == scores && scores.count == names.count)
        var broken = inputs.canonicalBytes(of: 0)
        broken.removeLast()
        #expect(throws: CanonicalFault.self) { try restored.restore(broken, of: 0) }
    }
}
