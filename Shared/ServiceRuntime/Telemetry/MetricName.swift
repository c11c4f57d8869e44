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
    /// Connections of the pool; label `state`.
    public static let poolConnections = "ztc_pool_connections"
    /// Callers waiting for a connection; label `share`.
    public static let poolWaiters = "ztc_pool_waiters"

    /// What `/metrics` says about each name.
    static let help: [String: String] = [
        calls: "Finished calls by method and code.",
        callDuration: "Latency of calls by method and code, in seconds.",
        callsInFlight: "Calls being handled.",
        denials: "Refused calls by reason.",
        workerRestarts: "Restarts of background workers after an error.",
        outboxDepth: "Rows of the outbox not yet published.",
        outboxAge: "Age of the oldest unpublished row of the outbox, in seconds.",
        consumerLag: "Messages between a consumer and the end of its partition.",
        poolConnections: "Connections of the database pool by state.",
        poolWaiters: "Callers waiting for a database connection by share.",
    ]
}
