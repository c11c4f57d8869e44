import Messaging
import Tracing

extension Subscription {
    /// The same subscription with a span for every event that is applied: it continues the trace in which the event was
    /// written, and what the handler writes continues it in turn (XCT-14).
    ///
    /// A span is told when its transaction commits, so that an event that was rolled back and applied again counts once.
    func traced(by tracer: TraceTracer) -> Subscription {
        wrapped { [topic] handler in
            { event, transaction in
                var parent = ServiceContext.topLevel
                parent.traceContext = event.traceparent.flatMap(TraceContext.init(traceparent:))
                let span = tracer.startSpan("process \(event.type)", context: parent, ofKind: .consumer)
                span.attributes["messaging.system"] = "kafka"
                span.attributes["messaging.operation.type"] = "process"
                span.attributes["messaging.destination.name"] = topic.name
                span.attributes["messaging.message.id"] = event.id
                do {
                    try ServiceContext.$current.withValue(span.context) {
                        try TraceParent.$current.withValue(span.context.traceContext?.traceparent) {
                            try handler(event, transaction)
                        }
                    }
                } catch {
                    span.recordError(error)
                    span.setStatus(SpanStatus(code: .error))
                    span.end()
                    throw error
                }
                let end = DefaultTracerClock.now
                transaction.afterCommit { span.end(at: end) }
            }
        }
    }
}
