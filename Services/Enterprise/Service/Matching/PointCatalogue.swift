import EnterpriseDomain
import Synchronization

/// The terms of points, decoded once per stored version.
final class PointCatalogue: Sendable {
    /// A point that can be matched and shown.
    struct Point: Sendable {
        let id: String
        let revision: Int32
        let title: String
        let isInForce: Bool
        let eventSeq: Int64
        let terms: PointTerms
    }

    private let decoded = Mutex<[String: Point]>([:])

    /// Decodes a stored point, or finds it among those decoded before.
    ///
    /// - Throws: `DomainError` or the decoder's error; the subscription has refused such points when they arrived.
    func point(_ stored: PointReplica.Stored) throws -> Point {
        if let found = decoded.withLock({ $0[stored.id] }), found.eventSeq == stored.eventSeq { return found }
        let point = try Point(stored)
        decoded.withLock { $0[stored.id] = point }
        return point
    }
}
