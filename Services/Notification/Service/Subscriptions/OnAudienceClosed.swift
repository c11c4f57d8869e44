import Crypto
import Foundation
import NotificationDomain
import Postgres

/// Makes a complete generation the one that is seen, and notifies those who were not notified of this version of the
/// point before (NTF-3, NTF-5).
struct OnAudienceClosed: Sendable {
    /// The message in the domain's words.
    struct Closing: Sendable {
        let point: UUID
        let generation: Audience.Generation
        let stated: Audience.Tally
    }

    let notices: AudienceNotices

    func callAsFunction(_ closing: Closing, in transaction: Transaction) throws {
        var audience = try AudienceRepository.lock(closing.point, in: transaction)
        let generation = closing.generation
        switch audience.relevance(of: generation.number) {
        case .past, .current: return
        case .coming: break
        }
        let chunks = try AudienceRepository.chunks(of: closing.point, generation: generation.number, in: transaction)
        let members = try OrdinalSet(merging: chunks.map(\.members))
        guard try audience.close(generation, stated: closing.stated, found: tally(chunks.map(\.number), members)) else {
            return
        }
        try AudienceRepository.save(audience, in: transaction)
        try AudienceRepository.forget(before: generation.number, of: closing.point, in: transaction)
        try notify(closing, members: try effective(members, closing, in: transaction), in: transaction)
    }

    /// Counts what is here. Numbers with a gap count as no chunk beyond the gap, so that they never agree.
    private func tally(_ numbers: [Int32], _ members: OrdinalSet) -> Audience.Tally {
        let consecutive = zip(numbers, Int32(0)...).prefix { $0 == $1 }.count
        var hash = SHA256()
        members.forEachPieceOfBytes { hash.update(data: $0) }
        return Audience.Tally(
            chunks: consecutive == numbers.count ? consecutive : -1, members: Int64(members.count),
            digest: Array(hash.finalize()))
    }

    /// The members after the single changes that came while the generation was under way.
    private func effective(
        _ members: OrdinalSet, _ closing: Closing, in transaction: Transaction
    ) throws -> OrdinalSet {
        let overrides = try AudienceRepository.overrides(
            of: closing.point, generation: closing.generation.number, in: transaction)
        guard !overrides.isEmpty else { return members }
        let joined = overrides.filter { $0.verdict != nil }.map(\.ordinal)
        let left = overrides.filter { $0.verdict == nil }.map(\.ordinal)
        return members.subtracting(OrdinalSet(left)).union(OrdinalSet(joined))
    }

    private func notify(_ closing: Closing, members: OrdinalSet, in transaction: Transaction) throws {
        let revision = closing.generation.revision
        var notified: [String: OrdinalSet] = [:]
        for var stored in try NoticeRepository.all(about: closing.point, in: transaction) {
            let id = try UUID(known: stored.notice.id)
            if stored.notice.revision == revision {
                let addressees = try NoticeRepository.addressees(of: id, in: transaction)
                let kind = stored.notice.kind
                notified[kind] = notified[kind]?.union(addressees) ?? addressees
                if stored.notice.refresh(recipients: Int64(addressees.commonCount(with: members))) {
                    try notices.refresh(stored, in: transaction)
                }
            } else if try notices.end(stored, in: transaction) {
                try NoticeRepository.forgetAddressees(of: id, in: transaction)
            }
        }
        for rule in try RuleRepository.fillingInbox(of: .audienceClosed, in: transaction) {
            let already = notified[rule.kind] ?? OrdinalSet()
            let newcomers = members.subtracting(already)
            guard !newcomers.isEmpty else { continue }
            try notices.publish(
                by: rule, pointID: closing.point.text, generation: closing.generation, addressees: newcomers,
                in: transaction)
            notified[rule.kind] = already.union(newcomers)
        }
    }
}
