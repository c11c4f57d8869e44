import Domain
import EnterpriseDomain

/// Where each enterprise counts in the distributions of an audience: county, industry section and size together as one
/// number, so that all distributions take one walk over the members, however many counties and sections there are (ENT-11).
struct BreakdownPlaces: Sendable {
    /// What the distributions tell apart.
    struct Place: Hashable, Sendable {
        /// The county of a town, else the region itself.
        let county: RegionCode
        /// The letter of the industry section.
        let section: Character
        /// The size class; nil where it is not known.
        let size: SizeClass?

        /// The place of an enterprise.
        ///
        /// - Parameter size: what the profile's own property says, which takes a while to find.
        init(_ profile: EnterpriseProfile, size: SizeClass?) {
            county = profile.region.county
            section = profile.industry.section
            self.size = size
        }
    }

    // The place with number n stands at n - 1; 0 is that of nobody.
    private var places: [Place] = []
    private var numbers: [Place: UInt32] = [:]
    private var byOrdinal: ContiguousArray<UInt32> = []

    /// The number of a place; given once and kept.
    mutating func number(of place: Place) -> UInt32 {
        if let number = numbers[place] { return number }
        places.append(place)
        let number = UInt32(places.count)
        numbers[place] = number
        return number
    }

    /// Notes the place of an enterprise, instead of an earlier one.
    ///
    /// - Parameter number: from ``number(of:)``.
    mutating func set(_ number: UInt32, for ordinal: UInt32) {
        let index = Int(ordinal)
        if index >= byOrdinal.count {
            byOrdinal.append(contentsOf: repeatElement(0, count: index + 1 - byOrdinal.count))
        }
        byOrdinal[index] = number
    }

    /// How many members lie at each place that has any; members that were never noted count nowhere.
    func counts(of members: Bitmap) -> [(place: Place, count: Int)] {
        if members.isEmpty { return [] }
        var counts = [Int](repeating: 0, count: places.count + 1)
        for ordinal in members.ordinals where Int(ordinal) < byOrdinal.count {
            counts[Int(byOrdinal[Int(ordinal)])] += 1
        }
        return zip(places, counts.dropFirst()).filter { $0.1 > 0 }
    }
}
