import DirectoryContracts
import Domain
import EnterpriseContracts
import Foundation
import Messaging
import NotificationDomain
import Postgres
import ServiceRuntime
import Wire

/// What notification listens to, turned into the domain's words. What breaks the contract becomes a dead letter.
struct NotificationSubscriptions: Sendable {
    let onChunk: OnAudienceChunk
    let onClosed: OnAudienceClosed
    let onMemberChanged: OnAudienceMemberChanged
    let onDissolved: OnAudienceDissolved

    /// The subscriptions of the service.
    var all: [Subscription] { [audiences, enterprises, accounts] }

    private var audiences: Subscription {
        var subscription = Subscription(.events("enterprise", "audience"))
        subscription.on(Zhitongche_Enterprise_V1_AudienceChunk.self) { [onChunk] message, _, transaction in
            try Self.rejecting {
                guard message.chunk >= 0 else { throw AudienceError.outOfRange("chunk") }
                guard let verdict = Verdict(message.verdict) else { throw EventRejection("the chunk has no verdict") }
                try onChunk(
                    OnAudienceChunk.Chunk(
                        point: try Self.identifier(message.pointID, "point_id"),
                        generation: try Self.positive(message.generation, "generation"), number: message.chunk,
                        verdict: verdict,
                        members: try AudienceMembers(
                            deltas: message.ordinalDeltas, estimatedFen: message.estimatedFen)), in: transaction)
            }
        }
        subscription.on(Zhitongche_Enterprise_V1_AudienceClosed.self) { [onClosed] message, _, transaction in
            try Self.rejecting {
                try onClosed(
                    OnAudienceClosed.Closing(
                        point: try Self.identifier(message.pointID, "point_id"),
                        generation: Audience.Generation(
                            number: message.generation, revision: message.revision, members: message.members,
                            title: message.title),
                        stated: Audience.Tally(
                            chunks: Int(message.chunks), members: message.members,
                            digest: Array(message.ordinalsSha256))), in: transaction)
            }
        }
        subscription.on(Zhitongche_Enterprise_V1_AudienceMemberChanged.self) {
            [onMemberChanged] message, _, transaction in
            try Self.rejecting {
                let verdict = Verdict(message.verdict)
                guard message.member == (verdict != nil) else {
                    throw EventRejection("a member has a verdict, and one who left has none")
                }
                guard message.estimatedFen >= 0 else { throw AudienceError.negativeEstimate(position: 0) }
                try onMemberChanged(
                    OnAudienceMemberChanged.Change(
                        point: try Self.identifier(message.pointID, "point_id"),
                        generation: try Self.positive(message.generation, "generation"), ordinal: message.ordinal,
                        verdict: verdict, estimatedFen: message.estimatedFen), in: transaction)
            }
        }
        subscription.on(Zhitongche_Enterprise_V1_AudienceDissolved.self) { [onDissolved] message, _, transaction in
            try Self.rejecting {
                try onDissolved(
                    try Self.identifier(message.pointID, "point_id"), through: message.generation, in: transaction)
            }
        }
        return subscription
    }

    private var enterprises: Subscription {
        var subscription = Subscription(.state("enterprise", "enterprise"))
        // By its name, since a tombstone has no message to decode.
        subscription.on(type: Zhitongche_Enterprise_V1_EnterpriseState.protoMessageName) { event, transaction in
            let enterprise = try Self.identifier(event.key, "key")
            guard !event.isTombstone else { return try EnterpriseReplica.remove(enterprise, in: transaction) }
            let state: Zhitongche_Enterprise_V1_EnterpriseState
            do {
                state = try Zhitongche_Enterprise_V1_EnterpriseState(serializedBytes: event.payload)
            } catch {
                throw UndecodableEvent("\(event.type): \(error)")
            }
            guard state.enterpriseID == event.key else { throw EventRejection("enterprise_id differs from the key") }
            try EnterpriseReplica.set(enterprise, ordinal: state.ordinal, in: transaction)
        }
        return subscription
    }

    private var accounts: Subscription {
        var subscription = Subscription(.state("directory", "account"))
        subscription.on(type: Zhitongche_Directory_V1_AccountState.protoMessageName) { event, transaction in
            let account = try Self.identifier(event.key, "key")
            guard !event.isTombstone else { return try AccountReplica.remove(account, in: transaction) }
            let state: Zhitongche_Directory_V1_AccountState
            do {
                state = try Zhitongche_Directory_V1_AccountState(serializedBytes: event.payload)
            } catch {
                throw UndecodableEvent("\(event.type): \(error)")
            }
            guard state.accountID == event.key else { throw EventRejection("account_id differs from the key") }
            try AccountReplica.set(
                account, isActive: state.status == .active,
                enterprises: try state.enterpriseIds.map { try Self.identifier($0, "enterprise_ids") },
                in: transaction)
        }
        return subscription
    }

    private static func identifier(_ text: String, _ field: String) throws -> UUID {
        guard let uuid = UUID(uuidString: text) else { throw EventRejection("\(field) is not a UUID") }
        return uuid
    }

    private static func positive(_ number: Int64, _ field: String) throws -> Int64 {
        guard number >= 1 else { throw AudienceError.outOfRange(field) }
        return number
    }

    /// A refusal of the domain is the sender's fault, so it becomes a dead letter instead of being tried again.
    private static func rejecting(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as AudienceError {
            throw EventRejection(error.description)
        }
    }
}
