import CoreMetrics
import GRPCCore
import Logging
import Messaging
import Tracing

/// The outermost interceptor: takes up the caller's trace, counts and times the call, and logs how it ended.
struct TelemetryInterceptor: ServerInterceptor {
    let tracer: TraceTracer
    let metrics: any MetricsFactory
    let logger: Logger

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        let method = context.descriptor.fullyQualifiedMethod
        var parent = ServiceContext.topLevel
        parent.traceContext = request.metadata.text("traceparent").flatMap(TraceContext.init(traceparent:))
        let span = tracer.startSpan(method, context: parent, ofKind: .server)
        span.attributes["rpc.system"] = "grpc"
        span.attributes["rpc.service"] = context.descriptor.service.fullyQualifiedService
        span.attributes["rpc.method"] = context.descriptor.method
        let call = CallContext.Values(
            requestIdentifier: Self.identifier(request.metadata.text("x-request-id")), method: method,
            locale: CallLocale(acceptLanguage: request.metadata.text("accept-language")),
            remotePeer: context.remotePeer)
        let record = CallRecord(
            method: method, metrics: metrics, logger: logger, span: span,
            isQuiet: PlatformCalls.includes(context.descriptor))
        guard let trace = span.context.traceContext else { return try await next(request, context) }
        do {
            var response = try await trace.run { try await call.bound { try await next(request, context) } }
            switch response.accepted {
            case .failure(let error):
                await trace.run { await call.run { record.finish(error) } }
            case .success(var contents):
                contents.metadata.replaceOrAddString(call.requestIdentifier, forKey: "x-request-id")
                let producer = contents.producer
                contents.producer = { writer in
                    try await trace.run {
                        do {
                            let trailers = try await producer(writer)
                            await call.run { record.finish(nil) }
                            return trailers
                        } catch {
                            await call.run { record.finish(error) }
                            throw error
                        }
                    }
                }
                response.accepted = .success(contents)
            }
            return response
        } catch {
            record.finish(error)
            throw error
        }
    }

    /// The client's identifier when it is short and harmless in a log, else a fresh one.
    private static func identifier(_ given: String?) -> String {
        guard let given, (1...64).contains(given.utf8.count),
            given.utf8.allSatisfy({
                $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
            })
        else { return UUIDv7.make() }
        return given
    }
}

extension CallContext.Values {
    /// Runs something with these facts, so that what it logs carries them.
    fileprivate func run(_ work: () -> Void) async { CallContext.$current.withValue(self) { work() } }
}

/// Counts one call when it ends, once.
private struct CallRecord: Sendable {
    let method: String
    let metrics: any MetricsFactory
    let logger: Logger
    let span: TraceSpan
    let isQuiet: Bool
    private let start = ContinuousClock.now

    init(method: String, metrics: any MetricsFactory, logger: Logger, span: TraceSpan, isQuiet: Bool) {
        self.method = method
        self.metrics = metrics
        self.logger = logger
        self.span = span
        self.isQuiet = isQuiet
        metrics.makeMeter(label: MetricName.callsInFlight, dimensions: []).increment(by: 1)
    }

    func finish(_ error: (any Error)?) {
        let code = error.map { ($0 as? RPCError)?.code.description ?? "unknown" } ?? "ok"
        let time = ContinuousClock.now - start
        let labels = [("method", method), ("code", code)]
        metrics.makeMeter(label: MetricName.callsInFlight, dimensions: []).decrement(by: 1)
        metrics.makeCounter(label: MetricName.calls, dimensions: labels).increment(by: 1)
        metrics.makeTimer(label: MetricName.callDuration, dimensions: labels).recordNanoseconds(
            time.components.seconds * 1_000_000_000 + time.components.attoseconds / 1_000_000_000)
        span.attributes["rpc.grpc.status_code"] = error.map { ($0 as? RPCError)?.code.rawValue ?? 2 } ?? 0
        if error != nil { span.setStatus(SpanStatus(code: .error)) }
        span.end()
        let micros = time.components.seconds * 1_000_000 + time.components.attoseconds / 1_000_000_000_000
        logger.log(
            level: isQuiet ? .trace : .info, "call ended", metadata: ["code": "\(code)", "duration_us": "\(micros)"])
    }
}
