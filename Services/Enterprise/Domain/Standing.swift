import Domain

/// How near an enterprise is to a point (ENT-12), in the order in which points are listed.
public enum Standing: Int, Hashable, Sendable, Comparable, CaseIterable {
    /// The condition is met.
    case entitled
    /// A fact that decides is missing.
    case informationMissing
    /// Not met, and the nearest change is known.
    case nearly
    /// Not met.
    case notEntitled

    /// The standing that follows from a verdict.
    public init(_ verdict: Verdict, hasNearestChange: Bool) {
        switch verdict {
        case .met: self = .entitled
        case .unknown: self = .informationMissing
        case .notMet: self = hasNearestChange ? .nearly : .notEntitled
        }
    }

    /// Order of listing.
    public static func < (left: Standing, right: Standing) -> Bool { left.rawValue < right.rawValue }
}
