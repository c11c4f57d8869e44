import AssessmentDomain
import Messaging
import Postgres

/// Keeps an event that counts for an indicator as it came, and what follows from it (ASM-2, ASM-15).
struct OnEvidence: Sendable {
    let events: ConsumedEvents
    let changes: EvidenceRules

    func apply(_ event: IncomingEvent, in tx: Transaction) throws {
        try events.append(event, try changes(event.type, event.payload, .current), in: tx)
    }
}
