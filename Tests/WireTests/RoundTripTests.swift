import CommonContracts
import Domain
import SwiftProtobuf
import Testing

@testable import Wire

/// Makes random values of the field; the same ones for the same seed.
struct Maker {
    var random: SeededRandom

    mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

    mutating func value() throws -> AttributeValue {
        switch below(8) {
        case 0: .boolean(below(2) == 0)
        case 1: .integer(Int64(bitPattern: random.next()))
        case 2: .decimal(try DecimalNumber(unscaled: Int64(below(1_000_000)) - 500_000, scale: Int32(below(6))))
        case 3: .money(Money(fen: Int64(bitPattern: random.next())))
        case 4: .ratio(try Ratio(Int64(below(10_000)), Int64(below(999)) + 1))
        case 5: .date(try CivilDate(dayNumber: below(40_000)))
        case 6: .text("码\(below(1_000))")
        case _: .set(["a\(below(5))", "b\(below(5))"])
        }
    }

    mutating func comparison() throws -> Comparison {
        switch below(9) {
        case 0: .exists
        case 1: .equal(try value())
        case 2: .notEqual(try value())
        case 3: .less(try value())
        case 4: .lessOrEqual(try value())
        case 5: .greater(try value())
        case 6: .greaterOrEqual(try value())
        case 7: .between(try value(), try value())
        case _: .oneOf(["x\(below(9))", "y\(below(9))"])
        }
    }

    mutating func condition(depth: Int = 1) throws -> Condition {
        let isLeaf = depth >= 5 || below(3) == 0
        func parts(_ maker: inout Maker) throws -> [Condition] {
            try (0..<maker.below(4) + 1).map { _ in try maker.condition(depth: depth + 1) }
        }
        if isLeaf {
            switch below(4) {
            case 0: return .list(try ListID("list-\(below(9) + 1)"))
            case 1: return .region(within: try RegionCode(["370900", "370902", "371302"][below(3)]))
            case 2: return .industry(withinAny: [try IndustryCode("C"), try IndustryCode("\(below(20) + 13)")])
            case _: return .attribute(try AttributeKey("figure.number\(below(50))"), try comparison())
            }
        }
        switch below(4) {
        case 0: return .all(try parts(&self))
        case 1: return .any(try parts(&self))
        case 2: return .not(try condition(depth: depth + 1))
        case _:
            let children = try parts(&self)
            return .atLeast(below(children.count) + 1, of: children)
        }
    }

    mutating func benefit() throws -> Benefit {
        let key = try AttributeKey("equity.raised")
        let cap = below(2) == 0 ? nil : Money(fen: Int64(below(1_000_000)) + 1)
        let rounding = Rounding.allCases[below(Rounding.allCases.count)]
        switch below(8) {
        case 0: return .fixed(Money(fen: Int64(below(1_000_000)) + 1))
        case 1:
            return .tiers(
                key,
                [
                    BenefitTier(
                        lower: .closed(.money(.zero)), upper: .open(.money(Money(fen: 100))), amount: Money(fen: 5)),
                    BenefitTier(lower: .closed(.money(Money(fen: 100))), upper: nil, amount: Money(fen: 7)),
                ])
        case 2: return .rate(key, .permille(Int64(below(999)) + 1), cap: cap, rounding: rounding)
        case 3:
            return .perUnit(
                key, amount: Money(fen: 20_000), per: BenefitUnit.allCases[below(BenefitUnit.allCases.count)])
        case 4:
            return .costShare(
                key, share: .percent(Int64(below(99)) + 1), isMinimum: below(2) == 0, cap: cap, rounding: rounding)
        case 5: return .multipleOf(key, maximum: .whole(Int64(below(9)) + 1), rounding: rounding)
        case 6: return .localContribution(key)
        case _:
            let others: [NonMonetaryBenefit] = [
                .rateCeiling(.permille(10)), .rateReductionBasisPoints(50), .rateDiscount(.percent(10)),
                .deferralUntilAtLeast(try CivilDate("2020-06-30")), .priority("先"), .exemption("罚"),
                .maximumShareOfFloorArea(.percent(15)), .transitionYears(5), .announcedByIssuer("公布"),
                .restriction("严"),
            ]
            return .nonMonetary(others[below(others.count)])
        }
    }
}

@Suite("Domain values on the wire (XCT-1)")
struct RoundTripTests {
    @Test("Conditions come back from bytes as they were", arguments: [1, 2020, 370_900] as [UInt64])
    func conditions(seed: UInt64) throws {
        var maker = Maker(random: SeededRandom(seed: seed, stream: "conditions"))
        for _ in 0..<400 {
            let condition = try maker.condition()
            let bytes: [UInt8] = try condition.wire.serializedBytes()
            let read = try Condition(Zhitongche_Common_V1_Condition(serializedBytes: bytes), at: "condition")
            #expect(read == condition)
        }
    }

    @Test("Benefits come back from bytes as they were", arguments: [1, 2020, 370_900] as [UInt64])
    func benefits(seed: UInt64) throws {
        var maker = Maker(random: SeededRandom(seed: seed, stream: "benefits"))
        for _ in 0..<400 {
            let benefit = try maker.benefit()
            let bytes: [UInt8] = try benefit.wire.serializedBytes()
            let read = try Benefit(Zhitongche_Common_V1_Benefit(serializedBytes: bytes), at: "benefit")
            #expect(read == benefit)
        }
    }

    @Test("Before and after a day are less and greater on the wire, with the same verdicts")
    func days() throws {
        let key = try AttributeKey("founded")
        let day = try CivilDate("2020-05-01")
        for (condition, meaning): (Condition, Condition) in [
            (.attribute(key, .before(day)), .attribute(key, .less(.date(day)))),
            (.attribute(key, .after(day)), .attribute(key, .greater(.date(day)))),
        ] {
            let read = try Condition(condition.wire, at: "condition")
            #expect(read == meaning)
            for date in ["2020-04-30", "2020-05-01", "2020-05-02"] {
                var facts = Facts()
                facts.set(key, to: .date(try CivilDate(date)))
                #expect(
                    ConditionEvaluator.verdict(of: read, for: facts)
                        == ConditionEvaluator.verdict(of: condition, for: facts))
            }
        }
    }

    @Test("Audience rules and tags come back; what is out of bounds names its field")
    func audience() throws {
        let vocabulary = TagVocabulary.standard
        let rule = try AudienceRule(
            minimumEqualDimensions: 2, segments: [TagSegment([vocabulary.tag(.industry, "C")])], exact: true)
        #expect(try AudienceRule(rule.wire, vocabulary: vocabulary, field: "audience") == rule)
        let unknown = Zhitongche_Common_V1_AudienceRule.with {
            $0.segments = [
                .with {
                    $0.tags = [
                        .with {
                            $0.dimension = .industry
                            $0.code = "no-such-industry"
                        }
                    ]
                }
            ]
        }
        let error = #expect(throws: DomainError.self) {
            try AudienceRule(unknown, vocabulary: vocabulary, field: "content.audience")
        }
        #expect(error?.field == "content.audience.segments[0].tags[0].code")
    }

    @Test("A malformed condition names the node at fault")
    func paths() throws {
        let tree = Zhitongche_Common_V1_Condition.with {
            $0.all = .with {
                $0.parts = [
                    .with { $0.list = .with { $0.list = "double-50" } },
                    .with {
                        $0.comparison = .with {
                            $0.attribute = "graduates.recruited"
                            $0.operator = .between
                            $0.values = [.with { $0.integer = 1 }]
                        }
                    },
                ]
            }
        }
        let error = #expect(throws: DomainError.self) { try Condition(tree, at: "content.condition") }
        #expect(error?.field == "content.condition.all[1].comparison.values")
        var deep = Zhitongche_Common_V1_Condition.with { $0.list = .with { $0.list = "double-50" } }
        for _ in 0..<20 {
            let inner = deep
            deep = .with { $0.not = inner }
        }
        let tooDeep = #expect(throws: DomainError.self) { try Condition(deep, at: "condition") }
        #expect(tooDeep?.reason == .tooDeep(limit: 16))
    }
}
