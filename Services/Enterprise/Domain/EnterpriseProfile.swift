import Domain

/// Where a tag comes from (ENT-6).
public enum TagOrigin: String, Hashable, Sendable, CaseIterable {
    /// By rule from registry and attributes.
    case derived
    /// By the enterprise.
    case chosen
    /// By government.
    case given
}

/// An attribute's value in force.
public struct AttributeInForce: Hashable, Sendable {
    /// The value.
    public var value: AttributeValue
    /// The days that it speaks of.
    public var period: Period
    /// Source.
    public var source: String

    /// Makes a value in force.
    public init(value: AttributeValue, period: Period, source: String) {
        self.value = value
        self.period = period
        self.source = source
    }
}

/// Everything about one enterprise that matching goes by, on one day. Tags and facts follow from it and from nothing
/// else, so that push, preview and explanation cannot differ (ENT-12a).
public struct EnterpriseProfile: Hashable, Sendable {
    /// Stable number.
    public var ordinal: UInt32
    /// Nature.
    public var nature: EnterpriseNature
    /// Region.
    public var region: RegionCode
    /// Industry.
    public var industry: IndustryCode
    /// Date of foundation.
    public var foundedOn: CivilDate
    /// Registered capital.
    public var capital: Money?
    /// State in the registry.
    public var status: RegistryStatus
    /// Values in force by attribute.
    public var attributes: [AttributeKey: AttributeInForce]
    /// Lists on which it stands.
    public var lists: Set<ListID>
    /// Tags that it chose.
    public var chosen: Set<Tag>

    /// Makes a profile.
    public init(
        ordinal: UInt32, nature: EnterpriseNature, region: RegionCode, industry: IndustryCode, foundedOn: CivilDate,
        capital: Money?, status: RegistryStatus, attributes: [AttributeKey: AttributeInForce] = [:],
        lists: Set<ListID> = [], chosen: Set<Tag> = []
    ) {
        self.ordinal = ordinal
        self.nature = nature
        self.region = region
        self.industry = industry
        self.foundedOn = foundedOn
        self.capital = capital
        self.status = status
        self.attributes = attributes
        self.lists = lists
        self.chosen = chosen
    }

    /// Dimensions in which an enterprise may choose tags itself (ENT-6).
    public static let choosableDimensions: Set<TagDimension> = [.stage, .interest, .policyType]

    /// The size class by the national rule of 2017 (ENT-5); nil while figures are missing or the rule does not apply.
    public var size: SizeClass? {
        var input = SizeClassifier.Input(industry: industry)
        if case .integer(let count)? = attributes[.employees]?.value { input.employees = count }
        if case .money(let money)? = attributes[.revenue]?.value { input.revenue = money }
        if case .money(let money)? = attributes[.totalAssets]?.value { input.assets = money }
        return SizeClassifier.classify(input).sizeClass
    }

    /// All tags with their origins, in order (ENT-6). What a vocabulary does not know is left out.
    public func tags(vocabulary: TagVocabulary = .standard) -> [(tag: Tag, origin: TagOrigin)] {
        var result: [Tag: TagOrigin] = [:]
        func add(_ dimension: TagDimension, _ code: String, _ origin: TagOrigin) {
            do throws(DomainError) {
                result[try vocabulary.tag(dimension, code)] = origin
            } catch {
                // Not every list is a tag, and not every code has a name yet.
                return
            }
        }
        // Whoever lies in a county is reached by what the county, the city, the province and the state decide.
        for level in policyLevels { add(.regionLevel, level.rawValue, .derived) }
        for code in industry.pathToRoot { add(.industry, code.fullText, .derived) }
        add(.nature, nature.rawValue, .derived)
        if let size { add(.size, size.rawValue, .derived) }
        for tag in chosen { result[tag] = .chosen }
        for list in lists { add(.honour, list.text, .given) }
        return result.map { (tag: $0.key, origin: $0.value) }.sorted { $0.tag < $1.tag }
    }

    /// The tags alone.
    public func tagSet(vocabulary: TagVocabulary = .standard) -> Set<Tag> {
        Set(tags(vocabulary: vocabulary).map(\.tag))
    }

    private var policyLevels: [PolicyLevel] {
        switch region.level {
        case .province: [.national, .provincial]
        case .city: [.national, .provincial, .city]
        case .county, .town: [.national, .provincial, .city, .county]
        }
    }

    /// The facts for the evaluator, each with its source and as-of date (ENT-12a).
    ///
    /// - Parameters:
    ///   - maintained: lists that are kept, so that not standing on one is known.
    ///   - today: business date.
    public func facts(maintained: Set<ListID>, today: CivilDate) -> Facts {
        let registry = Provenance(sourceUnit: Self.registrySource)
        var facts = Facts(
            region: Sourced(region, provenance: registry), industry: Sourced(industry, provenance: registry))
        for (key, known) in attributes {
            facts.set(
                key, to: known.value,
                provenance: Provenance(
                    sourceUnit: known.source, asOf: AttributeRecord.asOf(known.period, today: today)))
        }
        let derived = Provenance(sourceUnit: Self.derivedSource, asOf: today)
        for (key, value, origin) in ownValues(on: today, size: size) {
            switch origin {
            case .registry: facts.set(key, to: value, provenance: registry)
            case .enterprise: facts.set(key, to: value, provenance: Provenance(sourceUnit: Self.ownSource))
            case .computed: facts.set(key, to: value, provenance: derived)
            }
        }
        for list in maintained.union(lists) {
            facts.memberships[list] = Sourced(lists.contains(list) ? .member : .notMember, provenance: nil)
        }
        return facts
    }

    /// Calls the body with every attribute that ``facts(maintained:today:)`` knows and its value, each once: what an index
    /// over very many enterprises takes in, which has no use for provenance.
    ///
    /// - Parameter size: the size class as ``size`` tells it, since whoever asks for so many knows it already.
    public func forEachValue(on today: CivilDate, size: SizeClass?, _ body: (AttributeKey, AttributeValue) -> Void) {
        let own = ownValues(on: today, size: size)
        for (key, known) in attributes where !own.contains(where: { $0.key == key }) { body(key, known.value) }
        for (key, value, _) in own { body(key, value) }
    }

    /// Who says a value that no attribute record holds.
    private enum Origin {
        case registry
        case enterprise
        case computed
    }

    /// What follows from the profile itself; it counts before a record of the same attribute.
    ///
    /// Ratios follow from figures of one and the same period, unless a source delivered the ratio itself. A ratio beyond
    /// the representable range stays unknown.
    private func ownValues(
        on today: CivilDate, size: SizeClass?
    ) -> [(key: AttributeKey, value: AttributeValue, origin: Origin)] {
        var values: [(key: AttributeKey, value: AttributeValue, origin: Origin)] = [
            (.founded, .date(foundedOn), .registry), (.nature, .text(nature.rawValue), .registry),
            (.ageYears, .integer(age(on: today)), .computed),
        ]
        if let capital { values.append((.registeredCapital, .money(capital), .registry)) }
        if let size { values.append((.size, .text(size.rawValue), .computed)) }
        if !chosen.isEmpty, let stage = chosen.filter({ $0.dimension == .stage }).min() {
            values.append((.stage, .text(stage.code), .enterprise))
        }
        if attributes[.researchRatio] == nil, let ratio = try? researchRatio() {
            values.append((.researchRatio, .ratio(ratio), .computed))
        }
        if attributes[.benefitPerMu] == nil, let perMu = try? benefitPerMu() {
            values.append((.benefitPerMu, .money(perMu), .computed))
        }
        return values
    }

    private func researchRatio() throws(DomainError) -> Ratio? {
        guard let spending = money(.researchSpending), let revenue = money(.revenue),
            spending.period == revenue.period, revenue.amount > .zero
        else { return nil }
        return try Ratio(spending.amount.fen, revenue.amount.fen)
    }

    private func benefitPerMu() throws(DomainError) -> Money? {
        guard let tax = money(.taxPaid), case .decimal(let area) = attributes[.landMu]?.value, area.unscaled > 0 else {
            return nil
        }
        let land = try area.ratio()
        return try tax.amount.multiplied(by: Ratio(land.denominator, land.numerator), rounding: .down)
    }

    private func money(_ key: AttributeKey) -> (amount: Money, period: Period)? {
        guard let known = attributes[key], case .money(let money) = known.value else { return nil }
        return (money, known.period)
    }

    /// Full years since foundation; 0 before it.
    private func age(on today: CivilDate) -> Int64 {
        let (born, now) = (foundedOn.components, today.components)
        let isBeforeAnniversary = (now.month, now.day) < (born.month, born.day)
        return Int64(max(0, now.year - born.year - (isBeforeAnniversary ? 1 : 0)))
    }

    private static let registrySource = "法人库"
    private static let derivedSource = "系统计算"
    private static let ownSource = "企业自选"
}
