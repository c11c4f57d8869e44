import Foundation
import NotificationDomain
import Postgres

/// Ends the visibility of a point's notices: the point is no longer in force (NTF-5).
struct OnAudienceDissolved: Sendable {
    let notices: AudienceNotices

    func callAsFunction(_ point: UUID, through generation: Int64, in transaction: Transaction) throws {
        var audience = try AudienceRepository.lock(point, in: transaction)
        guard try audience.dissolve(through: generation) else { return }
        try AudienceRepository.save(audience, in: transaction)
        try AudienceRepository.forget(before: generation + 1, of: point, in: transaction)
        // Addressees stay: should the same version come back, nobody is notified of it a second time.
        for stored in try NoticeRepository.all(about: point, in: transaction) {
            _ = try notices.end(stored, in: transaction)
        }
    }
}
