import Domain
import Foundation
import NotificationDomain
import Postgres

/// Keeps a part of a generation until the generation is closed (NTF-5).
struct OnAudienceChunk: Sendable {
    /// The message in the domain's words.
    struct Chunk: Sendable {
        let point: UUID
        let generation: Int64
        let number: Int32
        let verdict: Verdict
        let members: AudienceMembers
    }

    func callAsFunction(_ chunk: Chunk, in transaction: Transaction) throws {
        let audience = try AudienceRepository.lock(chunk.point, in: transaction)
        switch audience.relevance(of: chunk.generation) {
        case .past, .current: return
        case .coming:
            try AudienceRepository.put(
                chunk.members, verdict: chunk.verdict, chunk: chunk.number, generation: chunk.generation,
                of: chunk.point, in: transaction)
        }
    }
}
