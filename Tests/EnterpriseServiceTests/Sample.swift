import Domain
import EnterpriseDomain

/// Enterprises, conditions and points drawn from one seed, so that a failure can be repeated.
struct Sample {
    var random: SeededRandom

    init(seed: UInt64, stream: String) { random = SeededRandom(seed: seed, stream: stream) }

    static let lists = ["double-50", "high-tech", "little-giant", "joint-sanction"].map(list)
    static let maintained = Set(["double-50", "joint-sanction"].map(list))
    private static let regions = ["370000", "370900", "370902", "370911", "370983", "370902001", "371302", "110101"]
    private static let industries = ["35", "3511", "351", "13", "1311", "51", "5112", "65", "70", "701", "39"]
    private static let codes = ["A", "B", "M"]

    static func list(_ text: String) -> ListID { known { () throws(DomainError) in try ListID(text) } }
    static func key(_ text: String) -> AttributeKey { known { () throws(DomainError) in try AttributeKey(text) } }
    static func region(_ text: String) -> RegionCode { known { () throws(DomainError) in try RegionCode(text) } }
    static func day(_ text: String) -> CivilDate { known { () throws(DomainError) in try CivilDate(text) } }

    private static func known<Value>(_ body: () throws(DomainError) -> Value) -> Value {
        do throws(DomainError) {
            return try body()
        } catch {
            preconditionFailure("the sample is wrong: \(error)")
        }
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    mutating func pick<Value>(_ values: [Value]) -> Value { values[Int.random(in: 0..<values.count, using: &random)] }

    private mutating func number() -> Int64 { Int64.random(in: 0...6, using: &random) }

    /// A value of the attribute's own type; small ranges make equal and bordering values frequent.
    mutating func value(_ key: String) -> AttributeValue {
        switch key {
        case "employees", "age.years": .integer(number() * 100)
        case "revenue", "rd.spending": .money(Money(fen: number() * 1_000_000_000))
        case "rd.ratio":
            .ratio(Self.known { () throws(DomainError) in try Ratio(number(), 100) })
        case "land.mu":
            .decimal(Self.known { () throws(DomainError) in try DecimalNumber(unscaled: number() * 5, scale: 1) })
        case "credit.rating": .text(pick(Self.codes))
        case "honours": .set(Set((0..<2).map { _ in pick(["gold", "silver", "bronze"]) }))
        case "founded", "ipo.date":
            .date(pick([Self.day("2010-01-01"), Self.day("2015-06-30"), Self.day("2019-12-31")]))
        case _: .boolean(chance(50))
        }
    }

    private static let recorded = [
        "employees", "revenue", "rd.spending", "rd.ratio", "land.mu", "credit.rating", "honours", "ipo.date",
        "csrc.pending",
    ]
    private static let asked = recorded + ["founded", "age.years", "patents"]

    mutating func profile(_ ordinal: UInt32) -> EnterpriseProfile {
        let founded = value("founded")
        var profile = EnterpriseProfile(
            ordinal: ordinal, nature: pick(EnterpriseNature.allCases),
            region: { text in Self.known { () throws(DomainError) in try RegionCode(text) } }(pick(Self.regions)),
            industry: { text in Self.known { () throws(DomainError) in try IndustryCode(text) } }(
                pick(Self.industries)),
            foundedOn: { if case .date(let day) = $0 { day } else { .earliest } }(founded),
            capital: chance(50) ? Money(fen: number()) : nil, status: chance(90) ? .active : .revoked)
        for key in Self.recorded where chance(60) {
            profile.attributes[Self.key(key)] = AttributeInForce(
                value: value(key), period: Period(first2019: ()), source: "sample")
        }
        for list in Self.lists where chance(30) { profile.lists.insert(list) }
        for dimension in EnterpriseProfile.choosableDimensions.sorted(by: { $0.rawValue < $1.rawValue })
        where chance(50) {
            profile.chosen.insert(pick(TagVocabulary.standard.tags(in: dimension)))
        }
        return profile
    }

    mutating func comparison(_ key: String) -> Comparison {
        // Now and then a value of another type: such a comparison is unknown, or compares numbers of different kinds.
        let value = chance(90) ? value(key) : value(pick(Self.asked))
        switch Int.random(in: 0..<11, using: &random) {
        case 0: return .exists
        case 1: return .equal(value)
        case 2: return .notEqual(value)
        case 3: return .less(value)
        case 4: return .lessOrEqual(value)
        case 5: return .greater(value)
        case 6: return .greaterOrEqual(value)
        case 7: return .between(value, self.value(key))
        case 8: return .oneOf(Set([pick(Self.codes), pick(["gold", "silver"])]))
        case 9: return .before(Self.day("2015-06-30"))
        case _: return .after(Self.day("2010-01-01"))
        }
    }

    mutating func condition(depth: Int) -> Condition {
        if depth == 0 || chance(35) { return leaf() }
        let children = (0..<Int.random(in: 1...4, using: &random)).map { _ in condition(depth: depth - 1) }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return .all(children)
        case 1: return .any(children)
        case 2: return .not(children[0])
        case _: return .atLeast(Int.random(in: 1...children.count, using: &random), of: children)
        }
    }

    private mutating func leaf() -> Condition {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return .list(pick(Self.lists))
        case 1:
            let text = pick(Self.regions)
            return .region(within: Self.known { () throws(DomainError) in try RegionCode(text) })
        case 2:
            let texts = (0..<2).map { _ in pick(Self.industries + ["C", "F"]) }
            return .industry(
                withinAny: texts.map { text in Self.known { () throws(DomainError) in try IndustryCode(text) } })
        case _:
            let key = pick(Self.asked)
            return .attribute(Self.key(key), comparison(key))
        }
    }

    private mutating func tags(_ count: ClosedRange<Int>) -> Set<Tag> {
        var tags: Set<Tag> = []
        for _ in 0..<Int.random(in: count, using: &random) {
            switch pick(TagDimension.allCases) {
            case .industry: tags.insert(tag(.industry, pick(["C", "C35", "C13", "F", "F51"])))
            case .honour: tags.insert(tag(.honour, pick(Self.lists).text))
            case let dimension: tags.insert(pick(TagVocabulary.standard.tags(in: dimension)))
            }
        }
        return tags
    }

    private func tag(_ dimension: TagDimension, _ code: String) -> Tag {
        Self.known { () throws(DomainError) in try TagVocabulary.standard.tag(dimension, code) }
    }

    mutating func terms() -> PointTerms {
        let segments = (0..<(chance(30) ? 2 : 0)).map { _ in
            let tags = tags(1...3)
            return Self.known { () throws(DomainError) in try TagSegment(tags) }
        }
        let minimum = chance(50) ? Int.random(in: 1...4, using: &random) : nil
        let exact = chance(40) || (segments.isEmpty && minimum == nil)
        return PointTerms(
            tags: tags(1...8), condition: chance(90) ? condition(depth: 3) : nil, benefit: nil,
            audience: Self.known { () throws(DomainError) in
                try AudienceRule(minimumEqualDimensions: minimum, segments: segments, exact: exact)
            })
    }
}

extension Period {
    fileprivate init(first2019: Void) {
        do throws(DomainError) {
            self = try Year(2019).period
        } catch {
            preconditionFailure("2019 is a year: \(error)")
        }
    }
}
