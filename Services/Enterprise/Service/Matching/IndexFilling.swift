import Domain
import EnterpriseDomain

/// Fills an empty index with very many enterprises (ENT-13).
///
/// What decides on most sets — region, industry, nature, size, state — is the same for many enterprises, so their sets are
/// found once per combination, and members are gathered as plain bits that become bitmaps at the end. The result is what
/// `IndexContent.apply` makes of the same enterprises one by one.
struct IndexFilling {
    private struct Traits: Hashable {
        let region: RegionCode
        let industry: IndustryCode
        let nature: EnterpriseNature
        let status: RegistryStatus
        let size: SizeClass?
    }

    /// What enterprises with the same traits have in common.
    private struct Common {
        let place: UInt32
        /// The sets of those that are on no list and chose no tag, once there was one.
        var sets: [Int]?
    }

    private var content: IndexContent
    private var places: [IndexContent.Key: Int] = [:]
    private var gathered: [OrdinalBits] = []
    private var byTraits: [Traits: Common] = [:]

    /// Begins with an index that holds no enterprise.
    init(_ empty: IndexContent) { content = empty }

    /// Takes in an enterprise; each one comes once.
    mutating func add(_ profile: EnterpriseProfile, version: Int64) {
        let size = profile.size
        let traits = Traits(
            region: profile.region, industry: profile.industry, nature: profile.nature, status: profile.status,
            size: size)
        let common = byTraits[traits] ?? Common(place: content.place(of: profile, size: size))
        let isPlain = profile.lists.isEmpty && profile.chosen.isEmpty
        if isPlain, let sets = common.sets {
            insert(profile.ordinal, sets)
        } else {
            let sets = find(profile, size: size)
            insert(profile.ordinal, sets)
            byTraits[traits] = Common(place: common.place, sets: isPlain ? sets : common.sets)
        }
        content.takeValues(of: profile, version: version, size: size, place: common.place)
    }

    /// The filled index.
    consuming func finish() -> IndexContent {
        var content = self.content
        content.take(places.mapValues { Bitmap(gathered[$0]) })
        return content
    }

    private mutating func find(_ profile: EnterpriseProfile, size: SizeClass?) -> [Int] {
        var found: [Int] = []
        for key in IndexContent.keys(of: profile, size: size) {
            if let place = places[key] {
                found.append(place)
            } else {
                places[key] = gathered.count
                found.append(gathered.count)
                gathered.append(OrdinalBits())
            }
        }
        return found
    }

    private mutating func insert(_ ordinal: UInt32, _ places: [Int]) {
        for place in places { gathered[place].insert(ordinal) }
    }
}
