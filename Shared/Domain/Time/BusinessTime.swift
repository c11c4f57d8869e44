/// A point in business time, in whole microseconds since 1970 in UTC; handed in by whoever calls the domain.
public struct BusinessTime: Hashable, Sendable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microseconds: Int64

    /// A point so many microseconds after the start of 1970.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Order in time.
    public static func < (left: BusinessTime, right: BusinessTime) -> Bool { left.microseconds < right.microseconds }
}
