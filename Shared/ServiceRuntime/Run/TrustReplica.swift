import DirectoryContracts
import Kafka
import Logging
import Messaging
import SwiftProtobuf

/// Feeds the trust replica from the directory's compacted topics.
enum TrustReplica {
    static func reader(of trust: Trust, kafka: KafkaConfiguration, logger: Logger) -> StateReader {
        func reading<M: Message>(
            _ message: M.Type, removed: @escaping @Sendable (String) -> Void,
            _ apply: @escaping @Sendable (M) throws -> Void
        ) -> StateReader.Handler {
            { event in
                if event.isTombstone { return removed(event.key) }
                do {
                    try apply(try M(serializedBytes: event.payload))
                } catch {
                    // What is refused leaves the state before it in force.
                    logger.error(
                        "state of the directory refused",
                        metadata: ["topic": "\(event.topic)", "key": "\(event.key)", "error": "\(error)"])
                }
            }
        }
        return StateReader(
            kafka: kafka,
            topics: [
                .state("directory", "keyset"): reading(Zhitongche_Directory_V1_KeySetState.self, removed: { _ in }) {
                    try trust.apply($0.keySet)
                },
                .state("directory", "role"): reading(
                    Zhitongche_Directory_V1_RoleState.self, removed: trust.removeRole
                ) { trust.apply($0.role) },
                .state("directory", "account"): reading(
                    Zhitongche_Directory_V1_AccountState.self, removed: trust.removeAccount
                ) { trust.apply($0) },
                .state("directory", "unit"): reading(
                    Zhitongche_Directory_V1_UnitState.self, removed: trust.removeUnit
                ) { trust.apply($0.unit) },
            ], logger: logger, whenCaughtUp: trust.noteComplete)
    }
}
