import Logging
import Messaging
import Postgres

/// What a service is built from.
public struct Runtime: Sendable {
    /// The checked settings.
    public let configuration: ServiceConfiguration
    /// The service's database.
    public let database: Database
    /// Where its events go.
    public let outbox: Outbox
    /// Business time.
    public let clock: BusinessClock
    /// The way of every command.
    public let commands: Commands
    /// Keys, roles, accounts and units as the directory publishes them.
    public let trust: Trust
    /// The audit, for work outside of commands.
    public let audit: AuditLog
    /// The service's log.
    public let logger: Logger

    let peers: PeerClients
    let wakes: WorkerWakes

    /// The connection to another service; made on first use.
    public func channel(to service: String) -> PeerClient { peers.client(of: service) }

    /// Wakes a worker that waits; cheap, and safe to call at any time, such as from `Transaction.afterCommit`.
    public func wake(worker name: String) { wakes.wake(name) }

    /// Wakes every worker that waits.
    public func wakeWorkers() { wakes.wakeAll() }
}
