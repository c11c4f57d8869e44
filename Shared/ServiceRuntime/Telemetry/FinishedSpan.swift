import Tracing

/// A span that has ended, as it is exported (XCT-14). It carries no payload and no personal data.
struct FinishedSpan: Sendable {
    let trace: TraceContext
    let parentSpanID: String?
    let name: String
    let kind: SpanKind
    /// Nanoseconds since 1970.
    let start: UInt64
    /// Nanoseconds since 1970.
    let end: UInt64
    let attributes: SpanAttributes
    let isError: Bool
    /// Types of the errors that were recorded.
    let errors: [String]
}
