import CommonContracts
import Domain
import Foundation
import PolicyContracts
import Wire

/// The twenty points of the Tai'an document: conditions and benefits from one file, texts and tags from another.
struct PolicyPointsFile {
    /// One point, ready to be drafted.
    struct Entry {
        let id: String
        let content: Zhitongche_Policy_V1_PointContent
    }

    let entries: [Entry]

    /// Reads both files of a data folder.
    ///
    /// - Parameter units: identifiers of units by their Chinese names.
    init(folder: URL, units: [String: String]) throws {
        let facts = try JSONDecoder().decode(
            Facts.self, from: Data(contentsOf: folder.appending(path: "policy-points-taian-2020.json")))
        let texts = try JSONDecoder().decode(
            Texts.self, from: Data(contentsOf: folder.appending(path: "policy-points-taian-2020-texts.json")))
        let byID = Dictionary(uniqueKeysWithValues: texts.texts.map { ($0.id, $0) })
        entries = try facts.points.map { point in
            guard let text = byID[point.id] else { throw Refusal("\(point.id) has no text") }
            guard let unit = units[point.unit] else { throw Refusal("\(point.id): the unit \(point.unit) is unknown") }
            return Entry(id: point.id, content: try point.content(text: text, unit: unit))
        }
    }

    private struct Facts: Decodable { let points: [Point] }

    private struct Texts: Decodable { let texts: [Text] }

    struct Text: Decodable {
        let id: String
        let title: String
        let summary: String
        let clause: String
        let contactPost: String
        let tags: [String]
        let audience: Audience
        let steps: [String]
        let materials: [String]
        let funding: String
        let workingDays: Int32
    }

    struct Audience: Decodable {
        let minimumEqualDimensions: Int?
        let segments: [[String]]?
        let exact: Bool?
    }

    struct Point: Decodable {
        let id: String
        let unit: String
        let level: String
        let kind: String?
        let type: String
        let conditions: Node
        let benefit: Grant
        let validTo: String?
        let mode: String

        func content(text: Text, unit: String) throws -> Zhitongche_Policy_V1_PointContent {
            let vocabulary = TagVocabulary.standard
            let start = try CivilDate(year: 2020, month: 4, day: 17)
            let segments = try (text.audience.segments ?? []).map {
                try TagSegment(Set($0.map { try vocabulary.tag(text: $0) }))
            }
            let rule = try AudienceRule(
                minimumEqualDimensions: text.audience.minimumEqualDimensions, segments: segments,
                exact: text.audience.exact ?? false)
            let condition = try Self.inTaian(conditions.condition())
            let benefit = try benefit.benefit()
            try condition.validate()
            try benefit.validate()
            let last = try validTo.map { try CivilDate($0) }
            let valid = try last.map { try Period(first: start, last: $0) } ?? Period(from: start)
            let tags = try text.tags.map { try vocabulary.tag(text: $0).wire }
            return try .with {
                $0.title = text.title
                $0.summary = text.summary
                $0.clause = text.clause
                $0.responsibleUnitID = unit
                $0.contactPost = text.contactPost
                $0.level = try Self.level(level)
                $0.kind = kind == "restrictive" ? .restrictiveEnergy : .supportive
                $0.tags = tags
                $0.condition = condition.wire
                $0.benefit = benefit.wire
                $0.audience = rule.wire
                $0.mode = mode == "information" ? .information : .application
                $0.materials = text.materials
                $0.steps = text.steps
                $0.funding = text.funding
                $0.workingDays = text.workingDays
                $0.valid = valid.wire
            }
        }

        /// A policy of the city is for the city's enterprises, which its document need not say in every clause.
        private static func inTaian(_ condition: Condition) throws -> Condition {
            let namesRegion = condition.criteria().contains { _, criterion in
                if case .regionWithin = criterion { true } else { false }
            }
            guard !namesRegion else { return condition }
            let region = Condition.region(within: try RegionCode("370900"))
            if case .all(let parts) = condition { return .all([region] + parts) }
            return .all([region, condition])
        }

        private static func level(_ text: String) throws -> Zhitongche_Policy_V1_PolicyLevel {
            switch text {
            case "national": .national
            case "province": .provincial
            case "city": .city
            case "county": .county
            case _: throw Refusal("unknown level \(text)")
            }
        }
    }

    /// A node of the file's conditions.
    indirect enum Node: Decodable {
        case all([Node])
        case any([Node])
        case leaf(Leaf)

        private enum Keys: String, CodingKey { case all, any }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            if let parts = try container.decodeIfPresent([Node].self, forKey: .all) {
                self = .all(parts)
            } else if let parts = try container.decodeIfPresent([Node].self, forKey: .any) {
                self = .any(parts)
            } else {
                self = .leaf(try Leaf(from: decoder))
            }
        }

        func condition() throws -> Condition {
            switch self {
            case .all(let parts): .all(try parts.map { try $0.condition() })
            case .any(let parts): .any(try parts.map { try $0.condition() })
            case .leaf(let leaf): try leaf.condition()
            }
        }
    }

    struct Leaf: Decodable {
        let attr: String?
        let list: String?
        let within: String?
        let withinAny: [String]?
        let exists: Bool?
        let eq: Scalar?
        let gt: Scalar?
        let `in`: [String]?

        func condition() throws -> Condition {
            if let list { return .list(try ListID(list)) }
            if let within { return .region(within: try RegionCode(within)) }
            if let withinAny { return .industry(withinAny: try withinAny.map { try IndustryCode($0) }) }
            guard let attr else { throw Refusal("a condition names neither attribute nor list") }
            let key = try AttributeKey(attr)
            if exists == true { return .attribute(key, .exists) }
            if let eq { return .attribute(key, .equal(try eq.value(of: key))) }
            if let gt { return .attribute(key, .greater(try gt.value(of: key))) }
            if let codes = self.in { return .attribute(key, .oneOf(Set(codes))) }
            throw Refusal("the condition on \(attr) demands nothing")
        }
    }

    /// A number, a yes or no, or a code; which kind of value it is the dictionary of attributes says.
    enum Scalar: Decodable {
        case number(Int64)
        case flag(Bool)
        case text(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else if let number = try? container.decode(Int64.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }

        func value(of key: AttributeKey) throws -> AttributeValue {
            switch (self, try AttributeDictionary.standard.definition(of: key, field: key.text).type) {
            case (.flag(let flag), _): .boolean(flag)
            case (.number(let number), .money): .money(Money(fen: number))
            case (.number(let number), _): .integer(number)
            case (.text(let text), _): .text(text)
            }
        }
    }

    /// The file's benefit: exactly one of its members is present.
    struct Grant: Decodable {
        struct Tiers: Decodable {
            let attr: String
            let steps: [Step]
        }
        struct Step: Decodable {
            let from: Int64
            let below: Int64?
            let amount: Int64
        }
        struct Rate: Decodable {
            let attr: String
            let permille: Int64
        }
        struct Share: Decodable {
            let attr: String
            let percent: Int64?
            let atLeastPercent: Int64?
            let cap: Int64?
        }
        struct PerUnit: Decodable {
            let attr: String
            let amount: Int64
            let per: String
        }
        struct Multiple: Decodable {
            let attr: String
            let max: Int64
        }

        let fixed: Int64?
        let tiers: Tiers?
        let rate: Rate?
        let costShare: Share?
        let perUnit: PerUnit?
        let multipleOf: Multiple?
        let rateCeilingPermille: Int64?
        let rateReductionBasisPoints: Int64?
        let rateDiscountPercent: Int64?
        let deferralUntilAtLeast: String?
        let priority: String?
        let exemption: String?
        let maxShareOfFloorAreaPercent: Int64?
        let transitionYears: Int64?
        let announced: String?
        let restriction: String?

        func benefit() throws -> Benefit {
            if let fixed { return .fixed(Money(fen: fixed)) }
            if let tiers {
                let key = try AttributeKey(tiers.attr)
                func bound(_ fen: Int64) -> AttributeValue { .money(Money(fen: fen)) }
                return .tiers(
                    key,
                    tiers.steps.reversed().map {
                        BenefitTier(
                            from: bound($0.from), below: $0.below.map(bound), amount: Money(fen: $0.amount))
                    })
            }
            if let rate {
                return .rate(try AttributeKey(rate.attr), .permille(rate.permille), cap: nil, rounding: .down)
            }
            if let costShare {
                return .costShare(
                    try AttributeKey(costShare.attr),
                    share: .percent(costShare.percent ?? costShare.atLeastPercent ?? 0),
                    isMinimum: costShare.atLeastPercent != nil, cap: costShare.cap.map { Money(fen: $0) },
                    rounding: .down)
            }
            if let perUnit {
                guard let unit = BenefitUnit(rawValue: perUnit.per) else {
                    throw Refusal("unknown unit \(perUnit.per)")
                }
                return .perUnit(try AttributeKey(perUnit.attr), amount: Money(fen: perUnit.amount), per: unit)
            }
            if let multipleOf {
                return .multipleOf(
                    try AttributeKey(multipleOf.attr), maximum: .whole(multipleOf.max), rounding: .down)
            }
            return .nonMonetary(try other())
        }

        private func other() throws -> NonMonetaryBenefit {
            if let rateCeilingPermille { return .rateCeiling(.permille(rateCeilingPermille)) }
            if let rateReductionBasisPoints { return .rateReductionBasisPoints(rateReductionBasisPoints) }
            if let rateDiscountPercent { return .rateDiscount(.percent(rateDiscountPercent)) }
            if let deferralUntilAtLeast { return .deferralUntilAtLeast(try CivilDate(deferralUntilAtLeast)) }
            if let priority { return .priority(Self.inChinese[priority] ?? priority) }
            if let exemption { return .exemption(Self.inChinese[exemption] ?? exemption) }
            if let maxShareOfFloorAreaPercent { return .maximumShareOfFloorArea(.percent(maxShareOfFloorAreaPercent)) }
            if let transitionYears { return .transitionYears(transitionYears) }
            if let announced { return .announcedByIssuer(Self.inChinese[announced] ?? announced) }
            if let restriction { return .restriction(Self.inChinese[restriction] ?? restriction) }
            throw Refusal("a benefit grants nothing")
        }

        private static let inChinese = [
            "double-50 first": "“双50强”企业优先", "penalty": "行政处罚", "by the issuing bureau": "由主管部门公布",
            "new projects strictly controlled": "新建项目从严控制",
        ]
    }
}
