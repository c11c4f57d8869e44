import Domain
import EnterpriseDomain

/// The index itself: bitmaps per tag, list, region, industry and size, and columns of values, over ordinals (ENT-13).
///
/// A plain value without any clock or store, so that it can be tested against the evaluator enterprise by enterprise.
struct IndexContent: Sendable {
    /// Business date for which the facts hold.
    let day: CivilDate
    /// Lists that are maintained, so that not standing on one is known.
    private(set) var maintained: Set<ListID>
    /// Enterprises in operation: the only ones an audience can have.
    private(set) var active = Bitmap()
    private(set) var known = Bitmap()

    private var tags: [Tag: Bitmap] = [:]
    private var lists: [ListID: Bitmap] = [:]
    private var regions: [RegionCode: Bitmap] = [:]
    private var industries: [IndustryCode: Bitmap] = [:]
    private var sizes: [SizeClass: Bitmap] = [:]
    private var columns: [AttributeKey: AttributeColumn] = [:]
    private var versions: ContiguousArray<Int64> = []
    private var places = BreakdownPlaces()
    private let attributes: AttributeDictionary

    init(day: CivilDate, maintained: Set<ListID> = [], attributes: AttributeDictionary = .standard) {
        self.day = day
        self.maintained = maintained
        self.attributes = attributes
    }

    /// Number of enterprises known.
    var count: Int { known.count }

    /// Notes lists that are maintained from now on.
    mutating func maintain(_ lists: Set<ListID>) { maintained.formUnion(lists) }

    /// The version of an enterprise that the index holds; 0 when it holds none.
    func version(of ordinal: UInt32) -> Int64 {
        Int(ordinal) < versions.count ? versions[Int(ordinal)] : 0
    }

    /// Takes an enterprise in, or replaces what is held of it unless that is newer.
    mutating func apply(_ profile: EnterpriseProfile, version: Int64) {
        let ordinal = profile.ordinal
        guard self.version(of: ordinal) < version else { return }
        if known.contains(ordinal) { remove(ordinal) }
        note(version, of: ordinal)
        let size = profile.size
        places.set(place(of: profile, size: size), for: ordinal)
        for key in Self.keys(of: profile, size: size) { change(key) { $0.insert(ordinal) } }
        profile.forEachValue(on: day, size: size) { key, value in set(key, value, for: ordinal) }
    }

    /// A set of enterprises that the index keeps.
    enum Key: Hashable, Sendable {
        case known
        case active
        case tag(Tag)
        case list(ListID)
        case region(RegionCode)
        case industry(IndustryCode)
        case size(SizeClass)
    }

    /// The sets that an enterprise belongs to.
    ///
    /// - Parameter size: what the profile's own property says, which takes a while to find.
    static func keys(of profile: EnterpriseProfile, size: SizeClass?) -> [Key] {
        var keys = [Key.known, .region(profile.region), .industry(profile.industry)]
        if profile.status == .active { keys.append(.active) }
        keys += profile.tags().map { Key.tag($0.tag) }
        keys += profile.lists.map(Key.list)
        if let size { keys.append(.size(size)) }
        return keys
    }

    private mutating func change(_ key: Key, _ body: (inout Bitmap) -> Void) {
        switch key {
        case .known: body(&known)
        case .active: body(&active)
        case .tag(let tag): body(&tags[tag, default: Bitmap()])
        case .list(let list): body(&lists[list, default: Bitmap()])
        case .region(let region): body(&regions[region, default: Bitmap()])
        case .industry(let industry): body(&industries[industry, default: Bitmap()])
        case .size(let size): body(&sizes[size, default: Bitmap()])
        }
    }

    private mutating func set(_ key: AttributeKey, _ value: AttributeValue, for ordinal: UInt32) {
        let type = attributes[key]?.type ?? .text
        columns[key, default: AttributeColumn(key: key, type: type)].set(.value(value), for: ordinal)
    }

    /// Takes in what an ``IndexFilling`` has gathered of enterprises that are new here: their sets.
    mutating func take(_ sets: [Key: Bitmap]) {
        for (key, members) in sets { change(key) { $0.formUnion(members) } }
    }

    /// The number of the place at which an enterprise counts in distributions.
    mutating func place(of profile: EnterpriseProfile, size: SizeClass?) -> UInt32 {
        places.number(of: BreakdownPlaces.Place(profile, size: size))
    }

    /// Takes in version, place and values of an enterprise that is new here, while an ``IndexFilling`` gathers its sets.
    ///
    /// - Parameter place: from ``place(of:size:)``.
    mutating func takeValues(of profile: EnterpriseProfile, version: Int64, size: SizeClass?, place: UInt32) {
        note(version, of: profile.ordinal)
        places.set(place, for: profile.ordinal)
        profile.forEachValue(on: day, size: size) { key, value in set(key, value, for: profile.ordinal) }
    }

    private mutating func note(_ version: Int64, of ordinal: UInt32) {
        if Int(ordinal) >= versions.count {
            versions.append(contentsOf: repeatElement(0, count: Int(ordinal) + 1 - versions.count))
        }
        versions[Int(ordinal)] = version
    }

    // The keys are copied first: while a view of them is held, every bitmap would count as shared and be copied.
    private mutating func remove(_ ordinal: UInt32) {
        active.remove(ordinal)
        known.remove(ordinal)
        for key in Array(tags.keys) { tags[key]?.remove(ordinal) }
        for key in Array(lists.keys) { lists[key]?.remove(ordinal) }
        for key in Array(regions.keys) { regions[key]?.remove(ordinal) }
        for key in Array(industries.keys) { industries[key]?.remove(ordinal) }
        for key in Array(sizes.keys) { sizes[key]?.remove(ordinal) }
        for key in Array(columns.keys) { columns[key]?.remove(ordinal) }
    }

    // MARK: Conditions

    /// The verdicts of a condition over all enterprises in operation, by Kleene's rules on sets (POL-4).
    func evaluate(_ condition: Condition) -> Ternary {
        let all = tree(condition)
        return Ternary(met: all.met & active, notMet: all.notMet & active)
    }

    private func tree(_ condition: Condition) -> Ternary {
        switch condition {
        case .all(let children): return count(children.count, of: children)
        case .any(let children): return count(1, of: children)
        case .atLeast(let needed, of: let children): return count(needed, of: children)
        case .not(let inner):
            let found = tree(inner)
            return Ternary(met: found.notMet, notMet: found.met)
        case .criterion(let criterion): return leaf(criterion)
        }
    }

    /// Met by those met at least `needed` times; not met by those for whom even the unknown ones could not help.
    private func count(_ needed: Int, of children: [Condition]) -> Ternary {
        let found = children.map(tree)
        return Ternary(
            met: .inAtLeast(needed, of: found.map(\.met), universe: known),
            notMet: .inAtLeast(children.count - needed + 1, of: found.map(\.notMet), universe: known))
    }

    private func leaf(_ criterion: Criterion) -> Ternary {
        switch criterion {
        case .attribute(let key, let comparison):
            return columns[key]?.evaluate(comparison) ?? Ternary(met: Bitmap(), notMet: Bitmap())
        case .list(let list):
            let members = lists[list] ?? Bitmap()
            return Ternary(met: members, notMet: maintained.contains(list) ? known - members : Bitmap())
        case .regionWithin(let needed):
            return within(regions, { $0.isWithin(needed) }, { needed.isWithin($0) })
        case .industryWithinAny(let needed):
            return within(
                industries, { code in needed.contains { code.isWithin($0) } },
                { code in needed.contains { $0.isWithin(code) } })
        }
    }

    /// Met inside; unknown where the needed place lies below the known one; else not met.
    private func within<Code>(
        _ bitmaps: [Code: Bitmap], _ isInside: (Code) -> Bool, _ isAbove: (Code) -> Bool
    ) -> Ternary {
        var result = Ternary(met: Bitmap(), notMet: Bitmap())
        for (code, members) in bitmaps {
            if isInside(code) {
                result.met.formUnion(members)
            } else if !isAbove(code) {
                result.notMet.formUnion(members)
            }
        }
        return result
    }

    // MARK: Audiences

    /// Whom a point's rule reaches, by verdict (ENT-9 to ENT-11).
    func audience(of terms: PointTerms) -> AudienceSets {
        var reached = active
        if let minimum = terms.audience.minimumEqualDimensions {
            reached = reached & sharing(terms.tags, inAtLeast: minimum)
        }
        if !terms.audience.segments.isEmpty {
            var inAny = Bitmap()
            for segment in terms.audience.segments {
                inAny.formUnion(sharing(segment.tags, inAtLeast: Set(segment.tags.map(\.dimension)).count))
            }
            reached = reached & inAny
        }
        guard let condition = terms.condition else {
            return AudienceSets(met: reached, notMet: Bitmap(), unknown: Bitmap())
        }
        let verdicts = evaluate(condition)
        let met = reached & verdicts.met
        if terms.audience.exact { return AudienceSets(met: met, notMet: Bitmap(), unknown: Bitmap()) }
        let notMet = reached & verdicts.notMet
        return AudienceSets(met: met, notMet: notMet, unknown: reached - met - notMet)
    }

    /// Enterprises that share a tag with the given ones in at least so many dimensions.
    private func sharing(_ wanted: Set<Tag>, inAtLeast minimum: Int) -> Bitmap {
        var dimensions: [TagDimension: Bitmap] = [:]
        for tag in wanted {
            if let members = tags[tag] { dimensions[tag.dimension, default: Bitmap()].formUnion(members) }
        }
        return .inAtLeast(minimum, of: Array(dimensions.values), universe: known)
    }

    /// For each part of an outermost "all": in how many cases every other part is met and this one is not (POL-8a).
    /// Empty for conditions of another shape.
    func nearMisses(of condition: Condition) -> [(part: Condition, count: Int)] {
        guard case .all(let parts) = condition else { return [] }
        let found = parts.map(tree)
        return parts.indices.map { index in
            var missing = found[index].notMet & active
            for other in parts.indices where other != index { missing = missing & found[other].met }
            return (parts[index], missing.count)
        }
    }

    // MARK: Figures

    /// Distributions of an audience over counties, industry sections and sizes (ENT-11).
    func breakdown(of sets: AudienceSets) -> AudienceBreakdown {
        var breakdown = AudienceBreakdown()
        for verdict in Verdict.allCases {
            for (place, count) in places.counts(of: sets[verdict]) {
                breakdown.byCounty[place.county, default: AudienceCount()][verdict] += count
                breakdown.bySection[place.section, default: AudienceCount()][verdict] += count
                breakdown.bySize[place.size, default: AudienceCount()][verdict] += count
            }
        }
        return breakdown
    }

    /// The estimate in fen for each of some enterprises, in their order (ENT-11); nil when the benefit is no money.
    func estimates(of benefit: Benefit?, for ordinals: [UInt32]) -> Estimates {
        guard let benefit else { return .none }
        guard let key = benefit.attribute else {
            let fen = PointTerms.estimatedFen(of: benefit, for: Facts())
            return fen == 0 ? .none : .same(fen)
        }
        guard let column = columns[key] else { return .none }
        // Many enterprises have the same figure, and forming an estimate makes texts; so each figure is estimated once.
        var byState: [Fact.State: Int64] = [:]
        return .each(
            ordinals.map { ordinal in
                guard let state = column.state(of: ordinal) else { return 0 }
                if let fen = byState[state] { return fen }
                let fen = PointTerms.estimatedFen(of: benefit, for: Facts(attributes: [key: Fact(state)]))
                if byState.count < 100_000 { byState[state] = fen }
                return fen
            })
    }

    /// Estimates in fen.
    enum Estimates: Sendable {
        /// Not known for anybody, or no money.
        case none
        /// One sum for all.
        case same(Int64)
        /// One per enterprise; 0 where it is not known.
        case each([Int64])
    }
}

/// An audience by verdict.
struct AudienceSets: Sendable, Equatable {
    var met: Bitmap
    var notMet: Bitmap
    var unknown: Bitmap

    /// An audience without members.
    static let empty = AudienceSets(met: Bitmap(), notMet: Bitmap(), unknown: Bitmap())

    /// All members.
    var all: Bitmap { met | notMet | unknown }

    /// The members with one verdict.
    subscript(verdict: Verdict) -> Bitmap {
        get {
            switch verdict {
            case .met: met
            case .notMet: notMet
            case .unknown: unknown
            }
        }
        set {
            switch verdict {
            case .met: met = newValue
            case .notMet: notMet = newValue
            case .unknown: unknown = newValue
            }
        }
    }

    /// The verdict of a member; nil for others.
    func verdict(of ordinal: UInt32) -> Verdict? {
        Verdict.allCases.first { self[$0].contains(ordinal) }
    }

    /// The numbers of all.
    var counts: AudienceCount {
        AudienceCount(met: met.count, notMet: notMet.count, unknown: unknown.count)
    }
}

/// Numbers of members by verdict.
struct AudienceCount: Sendable, Hashable {
    var met = 0
    var notMet = 0
    var unknown = 0

    /// All members.
    var total: Int { met + notMet + unknown }

    /// The number of members with one verdict.
    subscript(verdict: Verdict) -> Int {
        get {
            switch verdict {
            case .met: met
            case .notMet: notMet
            case .unknown: unknown
            }
        }
        set {
            switch verdict {
            case .met: met = newValue
            case .notMet: notMet = newValue
            case .unknown: unknown = newValue
            }
        }
    }
}

/// Distributions of an audience; parts without members are left out.
struct AudienceBreakdown: Sendable, Equatable {
    /// By county, or by city or province where no county is known.
    var byCounty: [RegionCode: AudienceCount] = [:]
    /// By the letter of the industry section.
    var bySection: [Character: AudienceCount] = [:]
    /// By size class; nil for those without one.
    var bySize: [SizeClass?: AudienceCount] = [:]
}
