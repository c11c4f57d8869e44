import Logging
import Synchronization
import Tracing

/// Carries W3C trace contexts through the process and over the wire; finished spans are logged at debug level,
/// and exported where a collector is configured.
struct TraceTracer: Tracer {
    typealias Span = TraceSpan

    let logger: Logger
    /// Nil without a collector.
    var exporter: SpanExporter?

    func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> TraceSpan {
        var own = context()
        let parent = own.traceContext
        own.traceContext = parent?.child() ?? .begin()
        return TraceSpan(
            name: operationName, kind: kind, context: own, parentSpanID: parent?.spanID,
            start: instant().nanosecondsSinceEpoch, logger: logger, exporter: exporter)
    }

    func extract<Carrier, Extract>(_ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract)
    where Extract: Extractor, Extract.Carrier == Carrier {
        context.traceContext =
            extractor.extract(key: "traceparent", from: carrier).flatMap(TraceContext.init(traceparent:))
            ?? context.traceContext
    }

    func inject<Carrier, Inject>(_ context: ServiceContext, into carrier: inout Carrier, using injector: Inject)
    where Inject: Injector, Inject.Carrier == Carrier {
        guard let trace = context.traceContext else { return }
        injector.inject(trace.traceparent, forKey: "traceparent", into: &carrier)
    }

    func forceFlush() {}
}

/// One span; safe to share, since everything that changes lies under one lock.
final class TraceSpan: Span {
    private struct State {
        var name: String
        var attributes = SpanAttributes()
        var status: SpanStatus?
        var errors: [String] = []
        var isEnded = false
    }

    let context: ServiceContext
    private let kind: SpanKind
    private let parentSpanID: String?
    private let start: UInt64
    private let logger: Logger
    private let exporter: SpanExporter?
    private let state: Mutex<State>

    init(
        name: String, kind: SpanKind, context: ServiceContext, parentSpanID: String?, start: UInt64, logger: Logger,
        exporter: SpanExporter?
    ) {
        self.context = context
        self.kind = kind
        self.exporter = exporter
        self.parentSpanID = parentSpanID
        self.start = start
        self.logger = logger
        state = Mutex(State(name: name))
    }

    var operationName: String {
        get { state.withLock { $0.name } }
        set { state.withLock { $0.name = newValue } }
    }

    var attributes: SpanAttributes {
        get { state.withLock { $0.attributes } }
        set { state.withLock { $0.attributes = newValue } }
    }

    var isRecording: Bool { state.withLock { !$0.isEnded } }

    func setStatus(_ status: SpanStatus) { state.withLock { $0.status = status } }

    func addEvent(_ event: SpanEvent) {}

    func addLink(_ link: SpanLink) {}

    func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        // Only the type: descriptions of foreign errors may quote payloads.
        state.withLock { $0.errors.append("\(type(of: error))") }
    }

    func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        let ended = state.withLock { state -> State? in
            if state.isEnded { return nil }
            state.isEnded = true
            return state
        }
        guard let ended, let trace = context.traceContext else { return }
        let end = instant().nanosecondsSinceEpoch
        exporter?.offer(
            FinishedSpan(
                trace: trace, parentSpanID: parentSpanID, name: ended.name, kind: kind, start: start, end: end,
                attributes: ended.attributes, isError: ended.status?.code == .error, errors: ended.errors))
        var metadata: Logger.Metadata = [
            "trace_id": "\(trace.traceID)", "span_id": "\(trace.spanID)",
            "duration_us": "\((end > start ? end - start : 0) / 1_000)",
        ]
        if let parentSpanID { metadata["parent_span_id"] = "\(parentSpanID)" }
        if !ended.errors.isEmpty { metadata["errors"] = "\(ended.errors.joined(separator: ","))" }
        logger.debug("span \(ended.name)", metadata: metadata)
    }
}
