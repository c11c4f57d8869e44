import Domain
import EnterpriseDomain
import Testing

@Suite("Profile: size, tags and facts (ENT-3, ENT-5, ENT-6)")
struct ProfileTests {
    let today: CivilDate

    init() throws { today = try CivilDate("2020-04-20") }

    func profile(
        region: String = "370902", industry: String = "3511", founded: String = "2012-04-21",
        attributes: [(String, AttributeValue)] = [], lists: [String] = [], chosen: [(TagDimension, String)] = []
    ) throws -> EnterpriseProfile {
        var profile = EnterpriseProfile(
            ordinal: 7, nature: .privateOwned, region: try RegionCode(region), industry: try IndustryCode(industry),
            foundedOn: try CivilDate(founded), capital: Money(fen: 100), status: .active)
        for (key, value) in attributes {
            profile.attributes[try AttributeKey(key)] = AttributeInForce(
                value: value, period: try Year(2019).period, source: "statistics")
        }
        profile.lists = Set(try lists.map { try ListID($0) })
        profile.chosen = Set(try chosen.map { try TagVocabulary.standard.tag($0.0, $0.1) })
        return profile
    }

    @Test("the library's keys stand in the standard dictionary")
    func keys() {
        for key in AttributeKey.library { #expect(AttributeDictionary.standard[key] != nil) }
    }

    @Test("tags are derived, given and chosen, each with its origin (ENT-6)")
    func tags() throws {
        let profile = try profile(
            attributes: [("employees", .integer(350)), ("revenue", .money(Money(yuan: 30_000_000)))],
            lists: ["double-50"], chosen: [(.stage, "growth"), (.interest, "award")])
        let tags = Dictionary(uniqueKeysWithValues: profile.tags().map { ($0.tag.description, $0.origin) })
        #expect(
            tags == [
                "region-level:national": .derived, "region-level:provincial": .derived, "region-level:city": .derived,
                "region-level:county": .derived, "industry:C": .derived, "industry:C35": .derived,
                "nature:private": .derived, "size:medium": .derived, "honour:double-50": .given,
                "stage:growth": .chosen, "interest:award": .chosen,
            ])
    }

    @Test("an enterprise of which only the city is known has no county tag")
    func cityOnly() throws {
        let tags = try profile(region: "370900").tagSet().map(\.description)
        #expect(tags.contains("region-level:city"))
        #expect(!tags.contains("region-level:county"))
    }

    @Test("size follows the figures and is unknown without them (ENT-5)")
    func size() throws {
        #expect(try profile().size == nil)
        #expect(try profile(attributes: [("employees", .integer(10))]).size == .micro)
        let large: [(String, AttributeValue)] = [
            ("employees", .integer(1_000)), ("revenue", .money(try Money(yuan: 400_000_000))),
        ]
        #expect(try profile(attributes: large).size == .large)
    }

    @Test(
        "full years are counted up to the anniversary",
        arguments: [("2012-04-20", 8), ("2012-04-21", 7), ("2021-01-01", 0)])
    func age(founded: String, years: Int64) throws {
        let facts = try profile(founded: founded).facts(maintained: [], today: today)
        #expect(facts.fact(for: try AttributeKey("age.years"))?.state == .value(.integer(years)))
    }

    @Test("not standing on a maintained list is a known no; on another it is unknown")
    func lists() throws {
        let maintained = Set([try ListID("double-50"), try ListID("high-tech")])
        let facts = try profile(lists: ["double-50"]).facts(maintained: maintained, today: today)
        #expect(facts.membership(in: try ListID("double-50")).value == .member)
        #expect(facts.membership(in: try ListID("high-tech")).value == .notMember)
        #expect(facts.membership(in: try ListID("little-giant")).value == .unknown)
    }

    @Test("ratios follow from figures of one period, and a delivered ratio wins (ENT-5)")
    func ratios() throws {
        let key = try AttributeKey("rd.ratio")
        let figures: [(String, AttributeValue)] = [
            ("rd.spending", .money(Money(fen: 24))), ("revenue", .money(Money(fen: 1_000))),
        ]
        let facts = try profile(attributes: figures).facts(maintained: [], today: today)
        #expect(facts.fact(for: key)?.state == .value(.ratio(try Ratio(24, 1_000))))
        let delivered = try profile(attributes: figures + [("rd.ratio", .ratio(try Ratio(3, 100)))])
        #expect(
            delivered.facts(maintained: [], today: today).fact(for: key)?.state == .value(.ratio(try Ratio(3, 100))))
        var other = try profile(attributes: figures)
        other.attributes[try AttributeKey("revenue")]?.period = try Year(2018).period
        #expect(other.facts(maintained: [], today: today).fact(for: key) == nil)
        let mu = try profile(attributes: [
            ("tax.paid", .money(Money(fen: 1_000))), ("land.mu", .decimal(try DecimalNumber(text: "2.5"))),
        ])
        let perMu = mu.facts(maintained: [], today: today).fact(for: try AttributeKey("land.benefit.per.mu"))
        #expect(perMu?.state == .value(.money(Money(fen: 400))))
    }

    @Test("every delivered fact names its source and its day (ENT-12a)")
    func provenance() throws {
        let facts = try profile(attributes: [("employees", .integer(3))]).facts(maintained: [], today: today)
        let fact = facts.fact(for: try AttributeKey("employees"))
        #expect(fact?.provenance?.sourceUnit == "statistics")
        #expect(fact?.provenance?.asOf == (try CivilDate("2019-12-31")))
    }

    @Test("records of derived, unknown or mistyped attributes are refused (ENT-3)")
    func records() throws {
        func record(_ key: String, _ value: AttributeValue) throws -> AttributeRecord {
            try AttributeRecord(
                key: AttributeKey(key), value: value, period: Period(from: .earliest), source: "statistics",
                field: "records[0]")
        }
        #expect(try record("employees", .integer(3)).value == .integer(3))
        #expect(throws: DomainError.self) { try record("size", .text("large")) }
        #expect(throws: DomainError.self) { try record("no.such.thing", .integer(3)) }
        #expect(throws: DomainError.self) { try record("employees", .money(.zero)) }
        #expect(throws: DomainError.self) { try record("credit.rating", .text("Z")) }
    }

    @Test("figures outlive their period, codes and flags do not")
    func figures() throws {
        #expect(AttributeRecord.isFigure(try AttributeKey("revenue")))
        #expect(!AttributeRecord.isFigure(try AttributeKey("credit.rating")))
        #expect(!AttributeRecord.isFigure(try AttributeKey("csrc.pending")))
    }

    @Test("standings follow verdicts; an unknown is never a no (ENT-12a)")
    func standings() {
        #expect(Standing(.met, hasNearestChange: false) == .entitled)
        #expect(Standing(.unknown, hasNearestChange: false) == .informationMissing)
        #expect(Standing(.unknown, hasNearestChange: true) == .informationMissing)
        #expect(Standing(.notMet, hasNearestChange: true) == .nearly)
        #expect(Standing(.notMet, hasNearestChange: false) == .notEntitled)
        #expect(Standing.allCases.sorted() == [.entitled, .informationMissing, .nearly, .notEntitled])
    }

    @Test("only enterprises in operation belong to an audience")
    func active() throws {
        let terms = PointTerms(
            tags: [], condition: nil, benefit: nil, audience: try AudienceRule(exact: true))
        var profile = try profile()
        #expect(terms.membership(of: MatchSubject(profile, maintained: [], today: today)) == .met)
        profile.status = .revoked
        #expect(terms.membership(of: MatchSubject(profile, maintained: [], today: today)) == nil)
    }
}
