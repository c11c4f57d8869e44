import Domain
import Testing

/// Random trees over attributes `flag.a0`, `flag.a1`, … and `count.a0`, …, every leaf with its own attribute.
struct RandomTrees {
    var random: SeededRandom
    var leaves = 0

    mutating func tree(depth: Int, booleansOnly: Bool = false) throws -> Condition {
        let kind = depth == 0 ? 0 : Int.random(in: 0...5, using: &random)
        switch kind {
        case 0, 1: return try leaf(booleansOnly)
        case 2: return .not(try tree(depth: depth - 1, booleansOnly: booleansOnly))
        case 3: return .all(try children(depth, booleansOnly))
        case 4: return .any(try children(depth, booleansOnly))
        default:
            let children = try children(depth, booleansOnly)
            return .atLeast(Int.random(in: 1...children.count, using: &random), of: children)
        }
    }

    private mutating func children(_ depth: Int, _ booleansOnly: Bool) throws -> [Condition] {
        var result: [Condition] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            result.append(try tree(depth: depth - 1, booleansOnly: booleansOnly))
        }
        return result
    }

    private mutating func leaf(_ booleansOnly: Bool) throws -> Condition {
        leaves += 1
        if booleansOnly || Bool.random(using: &random) {
            return .attribute(try key("flag.a\(leaves)"), .equal(.boolean(Bool.random(using: &random))))
        }
        let bound = AttributeValue.integer(Int64.random(in: -2...2, using: &random))
        let upper = AttributeValue.integer(Int64.random(in: 2...3, using: &random))
        let comparison: Comparison = random.pick([
            .exists, .equal(bound), .notEqual(bound), .less(bound), .lessOrEqual(bound), .greater(bound),
            .greaterOrEqual(bound), .between(bound, upper),
        ])
        return .attribute(try key("count.a\(leaves)"), comparison)
    }

    mutating func facts(for condition: Condition) -> Facts {
        var facts = Facts()
        for (_, criterion) in condition.criteria() {
            guard case .attribute(let key, _) = criterion, Int.random(in: 0...3, using: &random) > 0 else { continue }
            if key.text.hasPrefix("flag") {
                facts.set(key, to: .boolean(Bool.random(using: &random)))
            } else {
                facts.set(key, to: .integer(Int64.random(in: -3...3, using: &random)))
            }
        }
        return facts
    }

    static func dictionary(for condition: Condition) throws -> AttributeDictionary {
        var definitions: [AttributeDefinition] = []
        for (_, criterion) in condition.criteria() {
            guard case .attribute(let key, _) = criterion else { continue }
            definitions.append(
                AttributeDefinition(
                    key: key, type: key.text.hasPrefix("flag") ? .boolean : .integer,
                    label: BilingualText(verbatim: key.text)))
        }
        return try AttributeDictionary(definitions)
    }
}

/// A slow second opinion: verdicts as numbers 0, 1, 2; all is the minimum, any the maximum, at least n the n-th largest.
func oracle(_ condition: Condition, _ facts: Facts) -> Int {
    switch condition {
    case .all(let children): return children.map { oracle($0, facts) }.min() ?? 2
    case .any(let children): return children.map { oracle($0, facts) }.max() ?? 0
    case .not(let inner): return 2 - oracle(inner, facts)
    case .atLeast(let count, of: let children):
        return children.map { oracle($0, facts) }.sorted(by: >)[count - 1]
    case .criterion(.attribute(let key, let comparison)):
        guard let fact = facts.attributes[key], case .value(let value) = fact.state else { return 1 }
        func number(_ value: AttributeValue) -> Int64 {
            switch value {
            case .boolean(let flag): flag ? 1 : 0
            case .integer(let number): number
            case .decimal, .money, .ratio, .date, .text, .set: .min
            }
        }
        let seen = number(value)
        let holds: Bool
        switch comparison {
        case .exists: holds = true
        case .equal(let needed): holds = seen == number(needed)
        case .notEqual(let needed): holds = seen != number(needed)
        case .less(let needed): holds = seen < number(needed)
        case .lessOrEqual(let needed): holds = seen <= number(needed)
        case .greater(let needed): holds = seen > number(needed)
        case .greaterOrEqual(let needed): holds = seen >= number(needed)
        case .between(let lower, let upper): holds = number(lower) <= seen && seen <= number(upper)
        case .oneOf, .before, .after: holds = false
        }
        return holds ? 2 : 0
    case .criterion(.list), .criterion(.regionWithin), .criterion(.industryWithinAny):
        return 1
    }
}

@Suite("POL-4 conditions")
struct ConditionTests {
    @Test("Kleene's laws hold for every combination")
    func kleene() {
        let all = Verdict.allCases
        for a in all {
            #expect(a.negated.negated == a)
            #expect(a.and(.met) == a)
            #expect(a.or(.notMet) == a)
            for b in all {
                #expect(a.and(b) == b.and(a))
                #expect(a.and(b).negated == a.negated.or(b.negated))
                #expect(a.and(a.or(b)) == a)
                #expect(Verdict.atLeast(2, of: [a, b]) == a.and(b))
                #expect(Verdict.atLeast(1, of: [a, b]) == a.or(b))
                for c in all {
                    #expect(a.and(b.or(c)) == a.and(b).or(a.and(c)))
                    #expect(a.and(b).and(c) == a.and(b.and(c)))
                }
            }
        }
    }

    @Test("The evaluator agrees with a slow second opinion on random trees")
    func secondOpinion() throws {
        var trees = RandomTrees(random: SeededRandom(seed: testSeed, stream: "trees"))
        var counts: [Verdict: Int] = [:]
        for _ in 0..<3000 {
            let condition = try trees.tree(depth: 4)
            let facts = trees.facts(for: condition)
            let expected = [Verdict.notMet, .unknown, .met][oracle(condition, facts)]
            let evaluation = ConditionEvaluator.evaluate(condition, against: facts)
            #expect(evaluation.verdict == expected)
            #expect(ConditionEvaluator.verdict(of: condition, for: facts) == expected)
            #expect(ConditionEvaluator.verdict(of: .not(.not(condition)), for: facts) == expected)
            #expect(ConditionEvaluator.verdict(of: .atLeast(1, of: [condition]), for: facts) == expected)
            counts[expected, default: 0] += 1
            // What did not decide may become unknown without changing the verdict.
            var blanked = facts
            let deciding = Set(evaluation.decidingLeaves.map(\.path))
            #expect(!deciding.isEmpty)
            for (path, criterion) in condition.criteria() where !deciding.contains(path) {
                if case .attribute(let key, _) = criterion { blanked.attributes[key] = nil }
            }
            #expect(ConditionEvaluator.verdict(of: condition, for: blanked) == expected)
        }
        #expect(counts.values.allSatisfy { $0 > 100 } && counts.count == 3)
    }

    @Test("At least all of them is all, at least one is any")
    func atLeast() throws {
        var trees = RandomTrees(random: SeededRandom(seed: testSeed, stream: "at-least"))
        for _ in 0..<500 {
            let children = try (0..<3).map { _ in try trees.tree(depth: 1) }
            let facts = trees.facts(for: .all(children))
            func verdict(_ condition: Condition) -> Verdict { ConditionEvaluator.verdict(of: condition, for: facts) }
            #expect(verdict(.atLeast(3, of: children)) == verdict(.all(children)))
            #expect(verdict(.atLeast(1, of: children)) == verdict(.any(children)))
            #expect(
                verdict(.not(.atLeast(2, of: children)))
                    == verdict(.atLeast(2, of: children.map { .not($0) })))
        }
    }

    @Test("ENT-12a a missing attribute is unknown, a known absence is not met")
    func absence() throws {
        let listed = Condition.attribute(try key("ipo.date"), .exists)
        var facts = Facts()
        #expect(ConditionEvaluator.verdict(of: listed, for: facts) == .unknown)
        facts.attributes[try key("ipo.date")] = Fact(.absent)
        #expect(ConditionEvaluator.verdict(of: listed, for: facts) == .notMet)
        facts.attributes[try key("ipo.date")] = Fact(.present)
        #expect(ConditionEvaluator.verdict(of: listed, for: facts) == .met)
        let late = Condition.attribute(try key("ipo.date"), .after(try day("2020-01-01")))
        #expect(ConditionEvaluator.verdict(of: late, for: facts) == .unknown)
        // A value of the wrong type is no reason to refuse anybody.
        facts.set(try key("ipo.date"), to: .text("soon"))
        #expect(ConditionEvaluator.verdict(of: late, for: facts) == .unknown)
    }

    @Test("Region and industry: within, without, and known too coarsely")
    func coarse() throws {
        let inCity = Condition.region(within: try RegionCode("370900"))
        let pharma = Condition.industry(withinAny: [try IndustryCode("C27"), try IndustryCode("B")])
        for (region, expected) in [
            ("370902", Verdict.met), ("370900", .met), ("370000", .unknown), ("371000", .notMet),
        ] {
            let facts = Facts(region: Sourced(try RegionCode(region)))
            #expect(ConditionEvaluator.verdict(of: inCity, for: facts) == expected)
        }
        for (industry, expected) in [("271", Verdict.met), ("06", .met), ("C", .unknown), ("28", .notMet)] {
            let facts = Facts(industry: Sourced(try IndustryCode(industry)))
            #expect(ConditionEvaluator.verdict(of: pharma, for: facts) == expected)
        }
        #expect(ConditionEvaluator.verdict(of: .all([inCity, pharma]), for: Facts()) == .unknown)
    }

    @Test("Lists have three values")
    func lists() throws {
        let double50 = try list("double-50")
        for (membership, expected) in [
            (Membership.member, Verdict.met), (.notMember, .notMet), (.unknown, .unknown),
        ] {
            let facts = Facts(memberships: [double50: Sourced(membership)])
            #expect(ConditionEvaluator.verdict(of: .list(double50), for: facts) == expected)
        }
        #expect(ConditionEvaluator.verdict(of: .list(double50), for: Facts()) == .unknown)
    }

    @Test("Exact comparison across numbers, dates and sets")
    func comparisons() throws {
        func verdict(_ value: AttributeValue, _ comparison: Comparison) throws -> Verdict {
            var facts = Facts()
            facts.set(try key("x"), to: value)
            return ConditionEvaluator.verdict(of: .attribute(try key("x"), comparison), for: facts)
        }
        #expect(try verdict(.ratio(.permille(30)), .greaterOrEqual(.ratio(.percent(3)))) == .met)
        #expect(try verdict(.ratio(Ratio(299_999, 10_000_000)), .greaterOrEqual(.ratio(.percent(3)))) == .notMet)
        #expect(try verdict(.decimal(DecimalNumber(text: "10.5")), .greater(.integer(10))) == .met)
        #expect(try verdict(.money(Money(fen: 1)), .greater(.integer(0))) == .unknown)
        #expect(try verdict(.date(day("2020-01-01")), .before(day("2020-01-01"))) == .notMet)
        #expect(try verdict(.date(day("2020-01-02")), .after(day("2020-01-01"))) == .met)
        #expect(try verdict(.set(["a", "b"]), .oneOf(["b", "c"])) == .met)
        #expect(try verdict(.set([]), .oneOf(["b"])) == .notMet)
        #expect(try verdict(.text("b"), .oneOf(["b"])) == .met)
        #expect(try verdict(.boolean(true), .less(.boolean(false))) == .unknown)
        #expect(try verdict(.integer(3), .between(.integer(3), .integer(3))) == .met)
    }

    @Test("Validation names the path of the first offending node")
    func validation() throws {
        let good = Condition.attribute(try key("employees"), .greater(.integer(0)))
        func refusal(_ condition: Condition) -> DomainError? {
            do throws(DomainError) {
                try condition.validate(lists: .standard)
                return nil
            } catch {
                return error
            }
        }
        #expect(refusal(good) == nil)
        let wrongType = Condition.attribute(try key("employees"), .greater(.money(.zero)))
        #expect(
            refusal(.all([good, good, .any([wrongType])]))
                == DomainError("condition.all[2].any[0]", .wrongType(expected: "integer", found: "money")))
        let unknown = Condition.attribute(try key("shoe.size"), .exists)
        #expect(refusal(.not(unknown)) == DomainError("condition.not", .unknown("attribute shoe.size")))
        #expect(refusal(.atLeast(3, of: [good, good])) == DomainError("condition", .outOfRange("1 to 2")))
        #expect(refusal(.atLeast(0, of: [good])) == DomainError("condition", .outOfRange("1 to 1")))
        #expect(refusal(.all([good, .any([])])) == DomainError("condition.all[1]", .empty))
        #expect(
            refusal(.list(try list("no-such-list"))) == DomainError("condition", .unknown("list no-such-list")))
        #expect(
            refusal(.attribute(try key("size"), .oneOf(["giant"])))
                == DomainError("condition", .unknown("code of size")))
        #expect(refusal(.attribute(try key("csrc.pending"), .less(.boolean(true)))) != nil)
        #expect(refusal(.attribute(try key("employees"), .between(.integer(2), .integer(1))))?.reason == .disorder)
        #expect(refusal(.attribute(try key("employees"), .before(try day("2020-01-01")))) != nil)
        #expect(refusal(.attribute(try key("land.mu"), .greater(.integer(10)))) == nil)
        #expect(refusal(.industry(withinAny: [])) == DomainError("condition", .empty))
    }

    @Test("Depth 16 and 256 criteria are allowed, one more is not")
    func bounds() throws {
        let leaf = Condition.attribute(try key("employees"), .exists)
        func nested(_ depth: Int) -> Condition { depth == 1 ? leaf : .not(nested(depth - 1)) }
        try nested(16).validate()
        #expect(throws: DomainError("condition" + String(repeating: ".not", count: 16), .tooDeep(limit: 16))) {
            try nested(17).validate()
        }
        let half = Condition.any(Array(repeating: leaf, count: 128))
        try Condition.all([half, half]).validate()
        #expect(throws: DomainError("condition", .tooMany(limit: 256))) {
            try Condition.all([half, half, leaf]).validate()
        }
    }

    @Test("Malformed attribute keys are refused", arguments: ["", "A", "a..b", ".a", "a.", "a b", "1a", "a-b", "a_b"])
    func keys(text: String) {
        #expect(throws: DomainError.self) { try AttributeKey(text) }
    }
}

@Suite("ENT-12 explanation and nearest change")
struct ExplanationTests {
    @Test("A leaf is explained in one line in both languages, with source and date")
    func lines() throws {
        let graduates = try key("graduates.recruited")
        let condition = Condition.all([
            .attribute(graduates, .greater(.integer(0))), .list(try list("double-50")),
            .region(within: try RegionCode("370900")),
        ])
        var facts = Facts(
            memberships: [try list("double-50"): Sourced(.notMember)], region: Sourced(try RegionCode("370902")))
        facts.set(
            graduates, to: .integer(12), provenance: Provenance(sourceUnit: "市人社局", asOf: try day("2020-03-31")))
        let evaluation = ConditionEvaluator.evaluate(condition, against: facts)
        let texts = ExplanationText(regionNames: [try RegionCode("370900"): "泰安市"])
        #expect(
            texts.render(evaluation, .chinese) == [
                "引进毕业生人数：实际 12 人（来源：市人社局，截至 2020-03-31），要求大于 0 人 —— 符合",
                "“双50强”企业名录：实际不在名录内，要求在名录内 —— 不符合",
                "所在地区：实际 370902，要求位于 泰安市 —— 符合",
            ])
        #expect(
            texts.render(evaluation, .english)[0]
                == "graduates recruited: actual 12 persons (source: 市人社局, as of 2020-03-31), "
                + "required more than 0 persons — met")
        #expect(evaluation.decidingLeaves.map(\.path) == ["condition.all[1]"])
    }

    @Test("Numeric gaps are exact, strict bounds are passed by one step")
    func gaps() throws {
        let graduates = try key("graduates.recruited")
        var facts = Facts()
        facts.set(graduates, to: .integer(0))
        facts.set(try key("rd.ratio"), to: .ratio(.permille(24)))
        facts.set(try key("equity.raised"), to: .money(Money(fen: 90)))
        func only(_ condition: Condition) -> LeafChange.Kind? {
            let changes = NearestChange.find(for: condition, facts: facts)
            return changes?.count == 1 ? changes?[0].kind : nil
        }
        #expect(
            only(.attribute(graduates, .greater(.integer(0))))
                == .increase(graduates, by: .integer(1), to: .integer(1)))
        #expect(
            only(.attribute(try key("rd.ratio"), .greaterOrEqual(.ratio(.percent(3)))))
                == .increase(try key("rd.ratio"), by: .ratio(.permille(6)), to: .ratio(.percent(3))))
        #expect(
            only(.not(.attribute(try key("equity.raised"), .greaterOrEqual(.money(Money(fen: 50))))))
                == .decrease(
                    try key("equity.raised"), by: .money(Money(fen: 41)), to: .money(Money(fen: 49))))
        let change = try #require(NearestChange.find(for: .attribute(graduates, .greater(.integer(0))), facts: facts))
        #expect(ExplanationText().render(change[0], .chinese) == "引进毕业生人数：再增加 1 人，达到 1 人")
        #expect(change[0].path == "condition")
    }

    @Test("Two demands on one figure become one change; contradictions are avoided or admitted")
    func conflicts() throws {
        let staff = try key("employees")
        var facts = Facts(memberships: [try list("double-50"): Sourced(.notMember)])
        facts.set(staff, to: .integer(4))
        func atLeast(_ count: Int64) -> Condition { .attribute(staff, .greaterOrEqual(.integer(count))) }
        func atMost(_ count: Int64) -> Condition { .attribute(staff, .lessOrEqual(.integer(count))) }
        let both = NearestChange.find(for: .all([atLeast(10), atLeast(20)]), facts: facts)
        #expect(both?.map(\.kind) == [.increase(staff, by: .integer(16), to: .integer(20))])
        #expect(NearestChange.find(for: .all([atLeast(10), atMost(5)]), facts: facts) == nil)
        let unknown = NearestChange.find(for: .all([atLeast(10), atLeast(20), atMost(20)]), facts: Facts())
        #expect(unknown?.map(\.kind) == [.supply(staff, .greaterOrEqual(.integer(20)), isNegated: false)])
        // Growing would break the other branch, so the longer way is taken.
        let detour = Condition.all([.any([atLeast(10), .list(try list("double-50"))]), atMost(5)])
        #expect(
            NearestChange.find(for: detour, facts: facts)?.map(\.kind) == [.joinList(try list("double-50"))])
    }

    @Test("What cannot be changed gives no answer, what is unknown can be supplied")
    func impossible() throws {
        let elsewhere = Facts(
            attributes: [try key("violation.minor"): Fact(.value(.boolean(false)))],
            region: Sourced(try RegionCode("371000")))
        let here = Condition.region(within: try RegionCode("370900"))
        #expect(NearestChange.find(for: here, facts: elsewhere) == nil)
        #expect(
            NearestChange.find(for: here, facts: Facts())?.map(\.kind)
                == [.supplyRegion(within: try RegionCode("370900"))])
        let minor = Condition.attribute(try key("violation.minor"), .equal(.boolean(true)))
        #expect(NearestChange.find(for: minor, facts: elsewhere) == nil)
        let supplied = try #require(NearestChange.find(for: minor, facts: Facts()))
        #expect(ExplanationText().render(supplied[0], .chinese) == "违法行为轻微：补充信息（要求为 是）")
        #expect(NearestChange.find(for: .not(here), facts: Facts(region: Sourced(try RegionCode("370902")))) == nil)
        var met = Facts()
        met.set(try key("violation.minor"), to: .boolean(true))
        #expect(NearestChange.find(for: minor, facts: met) == [])
    }

    @Test("The number of changes is the smallest, by trying all combinations")
    func smallest() throws {
        var trees = RandomTrees(random: SeededRandom(seed: testSeed, stream: "nearest"))
        var changed = 0
        for _ in 0..<400 {
            let condition = try trees.tree(depth: 3, booleansOnly: true)
            let keys = condition.criteria().compactMap { leaf -> AttributeKey? in
                if case .attribute(let key, _) = leaf.criterion { key } else { nil }
            }
            guard keys.count <= 7 else { continue }
            let facts = trees.facts(for: condition)
            var smallest = Int.max
            // Every assignment of three values: as it is, true, false.
            var total = 1
            for _ in keys { total *= 3 }
            for code in 0..<total {
                var (rest, tried, count) = (code, facts, 0)
                for key in keys {
                    if rest % 3 > 0 {
                        tried.set(key, to: .boolean(rest % 3 == 1))
                        count += 1
                    }
                    rest /= 3
                }
                if count < smallest, ConditionEvaluator.verdict(of: condition, for: tried) == .met { smallest = count }
            }
            let dictionary = try RandomTrees.dictionary(for: condition)
            let found = NearestChange.find(for: condition, facts: facts, attributes: dictionary)
            #expect(found?.count == (smallest == .max ? nil : smallest))
            if smallest > 0 { changed += 1 }
        }
        #expect(changed > 50)
    }
}
