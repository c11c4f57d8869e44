import CommonContracts
import Logging
import Messaging
import Metrics
import Postgres
import ServiceRuntime

/// Collects the audit of every service, the directory's own included, and follows its chain as it comes (DIR-8).
///
/// A batch that does not follow is kept and flagged, since it is evidence; it raises a counter and a log line at level
/// critical. It is no dead letter: that would park the chain, and a single forgery would end the collecting.
struct OnAuditBatchSealed: Sendable {
    /// The services whose audit is collected.
    static let services = ["directory", "policy", "enterprise", "project", "notification", "assessment", "appeal"]
    /// The topics that carry it.
    static var topics: [Topic] { services.map { .audit(of: $0) } }

    let logger: Logger

    /// One subscription for each service.
    var subscriptions: [Subscription] {
        Self.services.map { service in
            var subscription = Subscription(.audit(of: service))
            subscription.on(Zhitongche_Common_V1_AuditBatchSealed.self) { message, event, tx in
                try apply(message, of: service, event, tx)
            }
            return subscription
        }
    }

    private func apply(
        _ message: Zhitongche_Common_V1_AuditBatchSealed, of service: String, _ event: IncomingEvent, _ tx: Transaction
    ) throws {
        guard message.service == service, event.key == service else {
            throw EventRejection("a batch of another service came on the topic of \(service)")
        }
        let batch = SealedBatch(message)
        guard batch.head.count == 32, batch.previousHead.count == 32 else {
            throw EventRejection("a head does not have 32 bytes")
        }
        let fault = try CollectedAudit.fault(of: batch, tx)
        try CollectedAudit.insert(
            batch, sealedAt: Instant(message.sealedAt), recordedAt: event.recordedTime, event: event.id,
            fault: fault?.description ?? "", tx)
        guard let fault else { return }
        tx.afterCommit { [logger] in
            Counter(label: MetricName.auditFaults, dimensions: [("service", service)]).increment()
            logger.critical("the audit's chain is broken", metadata: ["fault": "\(fault)"])
        }
    }
}
