import Messaging
import Postgres
import ServiceRuntime

/// Seeds the state topic of enterprises from the tables (rule 11). An enterprise that is deregistered keeps its row, so
/// there is no tombstone.
enum EnterpriseStates {
    static func source(_ parts: EnterpriseParts) -> StateSource {
        StateSource(EnterpriseTopics.state) { after, limit, tx in
            guard let ordinal = UInt32(after ?? "0") else {
                throw Problem.invalid("page_token", "is none of this list")
            }
            return try parts.enterprises(tx).lock(after: ordinal, limit: limit)
        } name: {
            String($0)
        } states: { ordinals, now, tx in
            try StateEvents.events(parts.enterprises(tx).rows(ordinals), at: now)
        }
    }
}
