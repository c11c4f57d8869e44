/// The names under which every service counts (XCT-14); messaging and the pool use those reserved here.
public enum MetricName {
    /// Finished calls; labels `method` and `code`.
    public static let calls = "ztc_calls_total"
    /// Latency of calls in seconds; labels `method` and `code`.
    public static let callDuration = "ztc_call_duration_seconds"
    /// Calls being handled.
    public static let callsInFlight = "ztc_calls_in_flight"
    /// Refused calls; label `reason`.
    public static let denials = "ztc_denials_total"
    /// Restarts of background workers after an error; label `worker`.
    public static let workerRestarts = "ztc_worker_restarts_total"
    /// Rows of the outbox not yet published.
    public static let outboxDepth = "ztc_outbox_pending"
    /// Age of the oldest unpublished row, in seconds.
    public static let outboxAge = "ztc_outbox_oldest_seconds"
    /// Messages between a consumer and the end of its partition; labels `topic` and `partition`.
    public static let consumerLag = "ztc_consumer_lag"
    /// Dead letters that were neither replayed nor dismissed.
    public static let deadLetters = "ztc_dead_letters"
    /// Keys whose later messages are parked.
    public static let parkedKeys = "ztc_parked_keys"
    /// Audit entries that have no place in the chain yet.
    public static let auditUnsealed = "ztc_audit_unsealed"
    /// Batches of the audit that arrived and did not follow the chain; label `service`.
    public static let auditFaults = "ztc_audit_faults_total"
    /// Age of the longest parked key, in seconds.
    public static let parkedAge = "ztc_parked_oldest_seconds"
    /// Messages that wait parked.
    public static let parkedMessages = "ztc_parked_messages"
    /// Partitions that this process does not read on because too much is parked.
    public static let pausedPartitions = "ztc_inbox_paused_partitions"
    /// Connections of the pool in use; label `share`.
    public static let poolInUse = "ztc_pool_in_use"
    /// Callers waiting for a connection; label `share`.
    public static let poolWaiting = "ztc_pool_waiting"
    /// Seconds until a configured certificate runs out, negative afterwards; label `setting`.
    public static let certificateExpiry = "ztc_certificate_expiry_seconds"
    /// Spans that a collector took.
    public static let spansExported = "ztc_spans_exported_total"
    /// Spans that never reached a collector; label `reason`.
    public static let spansLost = "ztc_spans_lost_total"
    /// How late timers fired, in seconds of business time; label `timer`.
    public static let timerLateness = "ztc_timer_lateness_seconds"
    /// Failures of timers' handlers; label `timer`.
    public static let timerFailures = "ztc_timer_failures_total"

    /// What `/metrics` says about each name.
    static let help: [String: String] = [
        calls: "Finished calls by method and code.",
        callDuration: "Latency of calls by method and code, in seconds.",
        callsInFlight: "Calls being handled.",
        denials: "Refused calls by reason.",
        workerRestarts: "Restarts of background workers after an error.",
        outboxDepth: "Rows of the outbox not yet published, counted to 100,000.",
        outboxAge: "Age of the oldest unpublished row of the outbox, in seconds.",
        consumerLag: "Messages between a consumer and the end of its partition.",
        deadLetters: "Dead letters that were neither replayed nor dismissed.",
        parkedKeys: "Keys whose later messages are parked.",
        auditUnsealed: "Audit entries without a place in the chain, counted to 100,000.",
        auditFaults: "Collected batches of the audit that did not follow the chain.",
        parkedAge: "Age of the longest parked key, in seconds.",
        parkedMessages: "Messages that wait parked, counted to 100,000.",
        pausedPartitions: "Partitions not read on because too much is parked.",
        poolInUse: "Database connections in use by share.",
        poolWaiting: "Callers waiting for a database connection by share.",
        certificateExpiry: "Seconds until a configured certificate runs out, by setting.",
        spansExported: "Spans that the collector took.",
        spansLost: "Spans that never reached the collector by reason.",
        timerLateness: "How late timers fired by name, in seconds of business time.",
        timerFailures: "Failures of timers' handlers by name; they are tried again.",
    ]
}
