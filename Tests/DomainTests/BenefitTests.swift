import Domain
import Foundation
import Testing

/// A point as the document's facts give it.
struct Point {
    let id: String
    let condition: Condition
    let benefit: Benefit
    let type: PolicyType
    let isRestrictive: Bool
    let original: (conditions: String, benefit: String)

    static let all: Result<[String: Point], any Error> = Result {
        let data = Data(TaianPoints.json.utf8)
        let rows = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
        var points: [String: Point] = [:]
        for row in rows {
            let id = try #require(row["id"] as? String)
            let conditions = try #require(row["conditions"] as? [String: Any])
            let benefit = try #require(row["benefit"] as? [String: Any])
            points[id] = Point(
                id: id, condition: try PointReader.condition(conditions), benefit: try PointReader.benefit(benefit),
                type: try #require(PolicyType(rawValue: row["type"] as? String ?? "")),
                isRestrictive: row["kind"] as? String == "restrictive",
                original: (try PointReader.canonical(conditions), try PointReader.canonical(benefit)))
        }
        return points
    }
}

/// Reads the document's facts into the module's types and writes them back.
enum PointReader {
    static func canonical(_ object: Any) throws -> String {
        func ordered(_ object: Any) -> Any {
            if let texts = object as? [String] { return texts.sorted() }
            if let elements = object as? [Any] { return elements.map(ordered) }
            if let fields = object as? [String: Any] { return fields.mapValues(ordered) }
            return object
        }
        let data = try JSONSerialization.data(withJSONObject: ordered(object), options: [.sortedKeys])
        return String(decoding: data, as: UTF8.self)
    }

    static func condition(_ object: [String: Any]) throws -> Condition {
        if let children = object["all"] as? [[String: Any]] { return .all(try children.map(condition)) }
        if let children = object["any"] as? [[String: Any]] { return .any(try children.map(condition)) }
        if let text = object["list"] as? String { return .list(try list(text)) }
        let name = try #require(object["attr"] as? String)
        if let region = object["within"] as? String { return .region(within: try RegionCode(region)) }
        if let industries = object["withinAny"] as? [String] {
            return .industry(withinAny: try industries.map { try IndustryCode($0) })
        }
        let definition = try AttributeDictionary.standard.definition(of: key(name), field: name)
        func value(_ any: Any) throws -> AttributeValue {
            switch definition.type {
            case .boolean: return .boolean(try #require(any as? Bool))
            case .integer: return .integer(Int64(try #require(any as? Int)))
            case .money: return .money(Money(fen: Int64(try #require(any as? Int))))
            case .text: return .text(try #require(any as? String))
            case .decimal, .ratio, .date, .set: throw DomainError(name, .notApplicable("\(definition.type)"))
            }
        }
        if object["exists"] != nil { return .attribute(definition.key, .exists) }
        if let any = object["eq"] { return .attribute(definition.key, .equal(try value(any))) }
        if let any = object["gt"] { return .attribute(definition.key, .greater(try value(any))) }
        let codes = try #require(object["in"] as? [String])
        return .attribute(definition.key, .oneOf(Set(codes)))
    }

    static func object(_ condition: Condition) throws -> [String: Any] {
        func plain(_ value: AttributeValue) throws -> Any {
            switch value {
            case .boolean(let flag): return flag
            case .integer(let number): return Int(number)
            case .money(let money): return Int(money.fen)
            case .text(let code): return code
            case .decimal, .ratio, .date, .set: throw DomainError("value", .notApplicable("\(value.type)"))
            }
        }
        switch condition {
        case .all(let children): return ["all": try children.map(object)]
        case .any(let children): return ["any": try children.map(object)]
        case .criterion(.list(let list)): return ["list": list.text]
        case .criterion(.regionWithin(let region)): return ["attr": "region", "within": region.description]
        case .criterion(.industryWithinAny(let codes)):
            return ["attr": "industry", "withinAny": codes.map(\.description)]
        case .criterion(.attribute(let key, .exists)): return ["attr": key.text, "exists": true]
        case .criterion(.attribute(let key, .equal(let value))): return ["attr": key.text, "eq": try plain(value)]
        case .criterion(.attribute(let key, .greater(let value))): return ["attr": key.text, "gt": try plain(value)]
        case .criterion(.attribute(let key, .oneOf(let codes))): return ["attr": key.text, "in": codes.sorted()]
        case .not, .atLeast, .criterion: throw DomainError("condition", .notApplicable("node"))
        }
    }

    static func benefit(_ object: [String: Any]) throws -> Benefit {
        let name = try #require(object.keys.first)
        let any = try #require(object[name])
        let fields = any as? [String: Any] ?? [:]
        func number(_ any: Any?) throws -> Int64 { Int64(try #require(any as? Int)) }
        func money(_ any: Any?) throws -> Money { Money(fen: try number(any)) }
        func attribute() throws -> AttributeKey { try key(try #require(fields["attr"] as? String)) }
        let cap = try fields["cap"].map { try money($0) }
        switch name {
        case "fixed": return .fixed(try money(any))
        case "tiers":
            let steps = try #require(fields["steps"] as? [[String: Any]])
            return .tiers(
                try attribute(),
                try steps.map { step in
                    BenefitTier(
                        from: .money(try money(step["from"])), below: try step["below"].map { .money(try money($0)) },
                        amount: try money(step["amount"]))
                })
        case "rate":
            return .rate(try attribute(), .permille(try number(fields["permille"])), cap: cap, rounding: .halfUp)
        case "costShare":
            let minimum = fields["atLeastPercent"]
            return .costShare(
                try attribute(), share: .percent(try number(minimum ?? fields["percent"])), isMinimum: minimum != nil,
                cap: cap, rounding: .halfUp)
        case "perUnit":
            return .perUnit(
                try attribute(), amount: try money(fields["amount"]),
                per: try #require(BenefitUnit(rawValue: fields["per"] as? String ?? "")))
        case "multipleOf":
            return .multipleOf(try attribute(), maximum: .whole(try number(fields["max"])), rounding: .halfUp)
        case "rateCeilingPermille": return .nonMonetary(.rateCeiling(.permille(try number(any))))
        case "rateReductionBasisPoints": return .nonMonetary(.rateReductionBasisPoints(try number(any)))
        case "rateDiscountPercent": return .nonMonetary(.rateDiscount(.percent(try number(any))))
        case "deferralUntilAtLeast":
            return .nonMonetary(.deferralUntilAtLeast(try day(try #require(any as? String))))
        case "priority": return .nonMonetary(.priority(try #require(any as? String)))
        case "announced": return .nonMonetary(.announcedByIssuer(try #require(any as? String)))
        case "maxShareOfFloorAreaPercent": return .nonMonetary(.maximumShareOfFloorArea(.percent(try number(any))))
        case "transitionYears": return .nonMonetary(.transitionYears(try number(any)))
        case "exemption": return .nonMonetary(.exemption(try #require(any as? String)))
        case "restriction": return .nonMonetary(.restriction(try #require(any as? String)))
        default: throw DomainError(name, .unknown("benefit"))
        }
    }

    static func object(_ benefit: Benefit) throws -> [String: Any] {
        func times(_ factor: Int64, _ ratio: Ratio) throws -> Int {
            let (quotient, remainder) = (factor * ratio.numerator).quotientAndRemainder(dividingBy: ratio.denominator)
            guard remainder == 0 else { throw DomainError("ratio", .outOfRange("a multiple of 1/\(factor)")) }
            return Int(quotient)
        }
        func fen(_ bound: BenefitTier.Bound) throws -> Int {
            guard case .money(let money) = bound.value else { throw DomainError("tier", .notApplicable("bound")) }
            return Int(money.fen)
        }
        switch benefit {
        case .fixed(let money): return ["fixed": Int(money.fen)]
        case .tiers(let key, let tiers):
            let steps: [[String: Any]] = try tiers.map { tier in
                var step: [String: Any] = ["amount": Int(tier.amount.fen)]
                if case .closed? = tier.lower { step["from"] = try tier.lower.map(fen) }
                if case .open? = tier.upper { step["below"] = try tier.upper.map(fen) }
                return step
            }
            return ["tiers": ["attr": key.text, "steps": steps]]
        case .rate(let key, let ratio, let cap, _):
            var fields: [String: Any] = ["attr": key.text, "permille": try times(1000, ratio)]
            fields["cap"] = cap.map { Int($0.fen) }
            return ["rate": fields]
        case .costShare(let key, let share, let isMinimum, let cap, _):
            var fields: [String: Any] = ["attr": key.text]
            fields[isMinimum ? "atLeastPercent" : "percent"] = try times(100, share)
            fields["cap"] = cap.map { Int($0.fen) }
            return ["costShare": fields]
        case .perUnit(let key, let amount, let unit):
            return ["perUnit": ["attr": key.text, "amount": Int(amount.fen), "per": unit.rawValue]]
        case .multipleOf(let key, let maximum, _):
            return ["multipleOf": ["attr": key.text, "max": try times(1, maximum)]]
        case .localContribution: throw DomainError("benefit", .notApplicable("local contribution"))
        case .nonMonetary(let benefit):
            switch benefit {
            case .rateCeiling(let ratio): return ["rateCeilingPermille": try times(1000, ratio)]
            case .rateReductionBasisPoints(let points): return ["rateReductionBasisPoints": Int(points)]
            case .rateDiscount(let ratio): return ["rateDiscountPercent": try times(100, ratio)]
            case .deferralUntilAtLeast(let date): return ["deferralUntilAtLeast": date.description]
            case .priority(let text): return ["priority": text]
            case .exemption(let text): return ["exemption": text]
            case .maximumShareOfFloorArea(let ratio):
                return ["maxShareOfFloorAreaPercent": try times(100, ratio)]
            case .transitionYears(let years): return ["transitionYears": Int(years)]
            case .announcedByIssuer(let text): return ["announced": text]
            case .restriction(let text): return ["restriction": text]
            }
        }
    }
}

@Suite("POL-5 benefits and the twenty points of 2020")
struct BenefitTests {
    static func point(_ id: String) throws -> Point { try #require(try Point.all.get()[id]) }

    static func estimate(_ id: String, _ attribute: String, fen: Int64) throws -> Estimate {
        var facts = Facts()
        facts.set(try key(attribute), to: .money(Money(fen: fen)))
        return try BenefitEstimator.estimate(point(id).benefit, facts: facts)
    }

    @Test("All twenty are valid and come back without loss")
    func lossless() throws {
        let points = try Point.all.get()
        #expect(points.count == 20)
        for point in points.values {
            try point.condition.validate(lists: .standard)
            try point.benefit.validate()
            #expect(try PointReader.canonical(PointReader.object(point.condition)) == point.original.conditions)
            #expect(try PointReader.canonical(PointReader.object(point.benefit)) == point.original.benefit)
            #expect(try TagVocabulary.standard.tag(.policyType, point.type.rawValue).code == point.type.rawValue)
        }
        #expect(points.values.filter(\.isRestrictive).map(\.id) == ["energy-limit"])
    }

    @Test("Of nothing known, no point is refused and every needed attribute is named")
    func nothingKnown() throws {
        for point in try Point.all.get().values {
            let evaluation = ConditionEvaluator.evaluate(point.condition, against: Facts())
            #expect(evaluation.verdict == .unknown, "\(point.id)")
            let lines = ExplanationText().render(evaluation, .chinese)
            #expect(lines.count == evaluation.leaves.count && lines.allSatisfy { $0.hasSuffix("信息不足") })
            let changes = try #require(NearestChange.find(for: point.condition, facts: Facts()))
            #expect(!changes.isEmpty)
            let estimate = try BenefitEstimator.estimate(point.benefit, facts: Facts())
            if let needed = point.benefit.attribute { #expect(estimate == .unknown([needed])) }
        }
    }

    @Test(
        "Tiers at their exact edges",
        arguments: [
            (1, 100_000_000), (49_999_999_999, 100_000_000), (50_000_000_000, 200_000_000),
            (99_999_999_999, 200_000_000),
            (100_000_000_000, 500_000_000), (Int64.max, 500_000_000),
        ] as [(Int64, Int64)])
    func tiers(raised: Int64, expected: Int64) throws {
        let estimate = try Self.estimate("listed-financing", "equity.raised", fen: raised)
        #expect(estimate.money == Money(fen: expected))
    }

    @Test("Below the lowest tier there is nothing")
    func belowTiers() throws {
        guard case .none = try Self.estimate("listed-financing", "equity.raised", fen: 0) else {
            Issue.record("no tier begins at 0")
            return
        }
    }

    @Test("Closed and open bounds are exact at both ends, whatever the order of the tiers")
    func bounds() throws {
        func number(_ value: Int64) -> AttributeValue { .integer(value) }
        let tiers = [
            BenefitTier(lower: nil, upper: .open(number(10)), amount: Money(fen: 1)),
            BenefitTier(lower: .closed(number(10)), upper: .closed(number(20)), amount: Money(fen: 2)),
            BenefitTier(lower: .open(number(20)), upper: .open(number(30)), amount: Money(fen: 3)),
            BenefitTier(lower: .open(number(30)), upper: nil, amount: Money(fen: 4)),
        ]
        let expected: [(Int64, Int64?)] = [
            (9, 1), (10, 2), (20, 2), (21, 3), (29, 3), (30, nil), (31, 4),
        ]
        for order in [tiers, tiers.reversed()] {
            let benefit = Benefit.tiers(try key("employees"), order)
            try benefit.validate()
            for (count, fen) in expected {
                var facts = Facts()
                facts.set(try key("employees"), to: number(count))
                let estimate = try BenefitEstimator.estimate(benefit, facts: facts)
                #expect(estimate.money == fen.map { Money(fen: $0) }, "\(count)")
            }
        }
    }

    @Test("The next tier and its gap")
    func nextTier() throws {
        var facts = Facts()
        let raised = try key("equity.raised")
        facts.set(raised, to: .money(Money(fen: 49_000_000_000)))
        let benefit = try Self.point("listed-financing").benefit
        let next = try #require(NextTier.find(of: benefit, facts: facts))
        #expect(next.gap == .money(Money(fen: 1_000_000_000)))
        #expect(next.target == .money(Money(fen: 50_000_000_000)))
        #expect(next.amount == Money(fen: 200_000_000))
        facts.set(raised, to: .money(Money(fen: 100_000_000_000)))
        #expect(NextTier.find(of: benefit, facts: facts) == nil)
        #expect(NextTier.find(of: benefit, facts: Facts()) == nil)
        facts.attributes[raised] = Fact(.absent)
        #expect(NextTier.find(of: benefit, facts: facts)?.target == .money(Money(fen: 1)))
    }

    @Test(
        "Rates round half up to the fen",
        arguments: [
            ("neeq-equity", "equity.raised", 1_000_000_000, 3_000_000), ("neeq-equity", "equity.raised", 167, 1),
            ("neeq-equity", "equity.raised", 500, 2), ("credit-bonds", "credit.bonds.issued", 250, 1),
            ("credit-bonds", "credit.bonds.issued", 749, 1), ("credit-bonds", "credit.bonds.issued", 750, 2),
            ("reform-contribution", "local.contribution.increase.from.adjustment", 123_456_789, 123_456_789),
        ] as [(String, String, Int64, Int64)])
    func rates(id: String, attribute: String, base: Int64, expected: Int64) throws {
        #expect(try Self.estimate(id, attribute, fen: base).money == Money(fen: expected))
    }

    @Test("Shares of a cost stop at the cap exactly")
    func caps() throws {
        for (fees, expected) in [
            (299_999_998, 149_999_999), (300_000_000, 150_000_000), (300_000_002, 150_000_000),
            (Int64.max, 150_000_000),
        ] as [(Int64, Int64)] {
            #expect(try Self.estimate("merger-fees", "merger.fees", fen: fees).money == Money(fen: expected))
        }
        guard case .amount(let open) = try Self.estimate("double50-listing-fees", "listing.fees", fen: 100),
            case .amount(let capped) = try Self.estimate("double50-listing-fees", "listing.fees", fen: 900_000_000)
        else {
            Issue.record("amounts expected")
            return
        }
        #expect(open.money == Money(fen: 50) && open.certainty == .atLeast)
        #expect(capped.money == Money(fen: 200_000_000) && capped.certainty == .exact)
    }

    @Test("Two hundred yuan per person and month, with its arithmetic")
    func perUnit() throws {
        var facts = Facts()
        facts.set(try key("graduates.recruited"), to: .integer(12))
        let point = try Self.point("graduate-allowance")
        guard case .amount(let amount) = try BenefitEstimator.estimate(point.benefit, facts: facts) else {
            Issue.record("an amount expected")
            return
        }
        #expect(amount.money == Money(fen: 240_000))
        #expect(amount.recurrence == .month)
        #expect(amount.steps.map(\.chinese) == ["引进毕业生人数 12 人 × 200 元/人·月 = 每月 2,400 元"])
        facts.set(try key("graduates.recruited"), to: .integer(.max))
        #expect(throws: DomainError("money", .overflow)) { try BenefitEstimator.estimate(point.benefit, facts: facts) }
    }

    @Test("Multiples are upper limits, fixed sums are fixed")
    func others() throws {
        guard case .amount(let multiple) = try Self.estimate("hightech-fund", "county.factor.input", fen: 7) else {
            Issue.record("an amount expected")
            return
        }
        #expect(multiple.money == Money(fen: 21) && multiple.certainty == .atMost)
        let fixed = try BenefitEstimator.estimate(try Self.point("listing-ipo").benefit, facts: Facts())
        #expect(fixed.money == Money(fen: 500_000_000))
    }

    @Test(
        "Benefits without a sum say what they are",
        arguments: [
            ("double50-guarantee", "费率不超过 1%"), ("inclusive-rate-cut", "利率下降 50 个基点"),
            ("epidemic-rate-cut", "利率下浮 10%"), ("epidemic-interest-deferral", "至少可延期至 2020-06-30"),
            ("bridge-loan", "优先：double-50 first"), ("small-to-hightech", "以发布单位公布为准：by the issuing bureau"),
            ("industrial-housing", "建筑面积占比不超过 15%"), ("idle-plant-transition", "过渡期 5 年"),
            ("minor-violation-exempt", "免除：penalty"), ("energy-limit", "限制：new projects strictly controlled"),
        ])
    func nonMonetary(id: String, chinese: String) throws {
        guard case .nonMonetary(let text) = try BenefitEstimator.estimate(try Self.point(id).benefit, facts: Facts())
        else {
            Issue.record("no sum expected")
            return
        }
        #expect(text.chinese == chinese)
        #expect(!text.english.isEmpty)
    }

    @Test("Conditions of the points decide as the document says")
    func decisions() throws {
        func verdict(_ id: String, _ facts: Facts) throws -> Verdict {
            ConditionEvaluator.verdict(of: try Self.point(id).condition, for: facts)
        }
        var facts = Facts(industry: Sourced(try IndustryCode("2710")))
        facts.set(try key("graduates.recruited"), to: .integer(1))
        #expect(try verdict("graduate-allowance", facts) == .met)
        facts.set(try key("graduates.recruited"), to: .integer(0))
        #expect(try verdict("graduate-allowance", facts) == .notMet)
        facts.industry = Sourced(try IndustryCode("52"))
        #expect(try verdict("graduate-allowance", facts) == .notMet)
        facts.memberships[try list("double-50")] = Sourced(.member)
        facts.set(try key("csrc.pending"), to: .boolean(false))
        #expect(try verdict("double50-listing-fees", facts) == .unknown)
        facts.set(try key("overseas.review.done"), to: .boolean(true))
        #expect(try verdict("double50-listing-fees", facts) == .met)
        facts.set(try key("violation.minor"), to: .boolean(true))
        facts.set(try key("violation.intentional"), to: .boolean(false))
        #expect(try verdict("minor-violation-exempt", facts) == .unknown)
        facts.set(try key("violation.grave.outcome"), to: .boolean(true))
        #expect(try verdict("minor-violation-exempt", facts) == .notMet)
        facts.industry = Sourced(try IndustryCode("C27"))
        facts.set(try key("inclusive.finance.eligible"), to: .boolean(true))
        facts.set(try key("size"), to: .text("large"))
        #expect(try verdict("inclusive-rate-cut", facts) == .notMet)
        facts.set(try key("size"), to: .text("micro"))
        #expect(try verdict("inclusive-rate-cut", facts) == .met)
    }

    @Test("Validation of benefits names the field")
    func validation() throws {
        let raised = try key("equity.raised")
        func tier(_ from: Int64?, _ below: Int64?) -> BenefitTier {
            BenefitTier(
                from: from.map { .money(Money(fen: $0)) }, below: below.map { .money(Money(fen: $0)) },
                amount: Money(fen: 1))
        }
        try Benefit.tiers(raised, [tier(nil, 5), tier(5, 9), tier(9, nil)]).validate()
        #expect(throws: DomainError("benefit.tiers[1]", .duplicate("range"))) {
            try Benefit.tiers(raised, [tier(1, 6), tier(5, 9)]).validate()
        }
        #expect(throws: DomainError("benefit.tiers[0]", .disorder)) {
            try Benefit.tiers(raised, [tier(5, 5)]).validate()
        }
        let shared = BenefitTier(
            lower: .closed(.money(Money(fen: 5))), upper: .closed(.money(Money(fen: 9))), amount: Money(fen: 1))
        #expect(throws: DomainError("benefit.tiers[1]", .duplicate("range"))) {
            try Benefit.tiers(raised, [shared, tier(9, nil)]).validate()
        }
        #expect(throws: DomainError("benefit.fixed", .outOfRange("above 0"))) { try Benefit.fixed(.zero).validate() }
        #expect(throws: DomainError("benefit.attribute", .wrongType(expected: "money", found: "integer"))) {
            try Benefit.rate(key("employees"), .percent(1), cap: nil, rounding: .down).validate()
        }
        #expect(throws: DomainError.self) {
            try Benefit.costShare(raised, share: .percent(101), isMinimum: false, cap: nil, rounding: .down).validate()
        }
    }
}
