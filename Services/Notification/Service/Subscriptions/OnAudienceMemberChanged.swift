import Domain
import Foundation
import NotificationDomain
import Postgres

/// Takes over the change of one member; one who joins and was not notified before is notified now (NTF-3, NTF-5).
struct OnAudienceMemberChanged: Sendable {
    /// The message in the domain's words; no verdict means that the enterprise left.
    struct Change: Sendable {
        let point: UUID
        let generation: Int64
        let ordinal: UInt32
        let verdict: Verdict?
        let estimatedFen: Int64
    }

    let notices: AudienceNotices

    func callAsFunction(_ change: Change, in transaction: Transaction) throws {
        let audience = try AudienceRepository.lock(change.point, in: transaction)
        if audience.relevance(of: change.generation) == .past { return }
        try AudienceRepository.put(
            AudienceRepository.Override(
                ordinal: change.ordinal, verdict: change.verdict, estimatedFen: change.estimatedFen),
            generation: change.generation, of: change.point, in: transaction)
        // A change of a coming generation takes effect, and notifies, when the generation is closed.
        guard case .current(let generation) = audience.state, generation.number == change.generation,
            change.verdict != nil
        else { return }
        for rule in try RuleRepository.fillingInbox(of: .audienceMemberChanged, in: transaction) {
            let isNotified = try NoticeRepository.isAddressed(
                change.ordinal, kind: rule.kind, point: change.point, revision: generation.revision, in: transaction)
            guard !isNotified else { continue }
            try notices.publish(
                by: rule, pointID: change.point.text, generation: generation, addressees: OrdinalSet([change.ordinal]),
                in: transaction)
        }
    }
}
