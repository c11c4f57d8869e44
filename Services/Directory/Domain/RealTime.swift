/// A point of real time, as the machine's clock tells it: for locks, codes and sessions, never for business deadlines.
public struct RealTime: Hashable, Sendable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microseconds: Int64

    /// A point by its distance to the start of 1970 in UTC.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Whole seconds since the start of 1970, cut downwards.
    public var seconds: Int64 {
        let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// The later point.
    ///
    /// - Parameter seconds: distance in seconds; negative for an earlier point.
    public func adding(seconds: Int64) -> RealTime { RealTime(microseconds: microseconds + seconds * 1_000_000) }

    /// Order in time.
    public static func < (left: RealTime, right: RealTime) -> Bool { left.microseconds < right.microseconds }
}
