import Messaging
import Tracing

/// The W3C trace context of the work at hand (version 00): which trace, and which span of it (XCT-14).
public struct TraceContext: Sendable, Hashable {
    /// Sixteen bytes as 32 lower-case hexadecimal digits; never all zero.
    public let traceID: String
    /// Eight bytes as 16 lower-case hexadecimal digits; never all zero.
    public let spanID: String
    /// Whether the trace's beginner asked for it to be recorded.
    public let isSampled: Bool

    /// Begins a trace of its own.
    public static func begin() -> TraceContext {
        TraceContext(
            traceID: hexadecimal(.random(in: 1 ... .max)) + hexadecimal(.random(in: 0 ... .max)),
            spanID: hexadecimal(.random(in: 1 ... .max)), isSampled: true)
    }

    /// The context of a span below this one.
    public func child() -> TraceContext {
        TraceContext(traceID: traceID, spanID: Self.hexadecimal(.random(in: 1 ... .max)), isSampled: isSampled)
    }

    /// Reads the header `traceparent`, such as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`.
    ///
    /// Later versions are read by their first four parts, as the standard asks. Nil for anything malformed, so that a
    /// hostile header begins a new trace and nothing worse.
    public init?(traceparent: String) {
        let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false)
        func isHexadecimal(_ text: Substring, _ count: Int) -> Bool {
            text.utf8.count == count
                && text.utf8.allSatisfy {
                    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                        || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
                }
        }
        guard parts.count >= 4, isHexadecimal(parts[0], 2), parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            isHexadecimal(parts[1], 32), parts[1].contains(where: { $0 != "0" }),
            isHexadecimal(parts[2], 16), parts[2].contains(where: { $0 != "0" }),
            isHexadecimal(parts[3], 2), let flags = UInt8(parts[3], radix: 16)
        else { return nil }
        self.init(traceID: String(parts[1]), spanID: String(parts[2]), isSampled: flags & 1 == 1)
    }

    private init(traceID: String, spanID: String, isSampled: Bool) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
    }

    /// The header's text.
    public var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    /// The context of the current task; nil outside of calls, events and spans.
    public static var current: TraceContext? {
        if let context = ServiceContext.current?.traceContext { return context }
        return TraceParent.current.flatMap(TraceContext.init(traceparent:))
    }

    /// Runs work in this context: spans, logs, events that it writes and calls that it makes belong to the trace.
    public func run<Result>(
        isolation: isolated (any Actor)? = #isolation, _ work: () async throws -> Result
    ) async rethrows -> Result {
        var context = ServiceContext.current ?? .topLevel
        context.traceContext = self
        return try await ServiceContext.$current.withValue(context) {
            try await TraceParent.$current.withValue(traceparent) { try await work() }
        }
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

private enum TraceContextKey: ServiceContextKey {
    typealias Value = TraceContext
}

extension ServiceContext {
    /// The W3C trace context carried along; nil before any span began.
    public var traceContext: TraceContext? {
        get { self[TraceContextKey.self] }
        set { self[TraceContextKey.self] = newValue }
    }
}
