import Tracing

/// The body of a request to `/v1/traces` in OTLP's JSON encoding (protocol 1.x): identifiers in hexadecimal, 64-bit
/// integers as text, enumerations as numbers.
struct TraceExport: Encodable {
    struct ResourceSpans: Encodable {
        let resource: Resource
        let scopeSpans: [ScopeSpans]
    }

    struct Resource: Encodable { let attributes: [Attribute] }

    struct ScopeSpans: Encodable {
        let scope: Scope
        let spans: [Span]
    }

    struct Scope: Encodable { let name: String }

    struct Span: Encodable {
        let traceId: String
        let spanId: String
        let parentSpanId: String?
        let flags: UInt32
        let name: String
        let kind: Int
        let startTimeUnixNano: String
        let endTimeUnixNano: String
        let attributes: [Attribute]
        let status: Status
    }

    struct Status: Encodable {
        /// 0: not stated; 2: an error.
        let code: Int
        let message: String?
    }

    struct Attribute: Encodable {
        let key: String
        let value: Value
    }

    enum Value: Encodable {
        case string(String)
        case integer(Int64)
        case double(Double)
        case boolean(Bool)

        private enum Key: String, CodingKey { case stringValue, intValue, doubleValue, boolValue }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            switch self {
            case .string(let text): try container.encode(text, forKey: .stringValue)
            case .integer(let number): try container.encode(String(number), forKey: .intValue)
            case .double(let number): try container.encode(number, forKey: .doubleValue)
            case .boolean(let flag): try container.encode(flag, forKey: .boolValue)
            }
        }
    }

    let resourceSpans: [ResourceSpans]

    /// One request with spans of a service's replica.
    init(_ spans: [FinishedSpan], service: String, instance: String) {
        resourceSpans = [
            ResourceSpans(
                resource: Resource(attributes: [
                    Attribute(key: "service.namespace", value: .string("zhitongche")),
                    Attribute(key: "service.name", value: .string(service)),
                    Attribute(key: "service.instance.id", value: .string(instance)),
                ]),
                scopeSpans: [ScopeSpans(scope: Scope(name: "zhitongche"), spans: spans.map(Span.init))])
        ]
    }
}

extension TraceExport.Span {
    init(_ span: FinishedSpan) {
        var attributes: [TraceExport.Attribute] = []
        span.attributes.forEach { key, value in
            if let value = TraceExport.Value(value) { attributes.append(.init(key: key, value: value)) }
        }
        self.init(
            traceId: span.trace.traceID, spanId: span.trace.spanID, parentSpanId: span.parentSpanID,
            flags: span.trace.isSampled ? 1 : 0, name: span.name, kind: span.kind.number,
            startTimeUnixNano: String(span.start), endTimeUnixNano: String(max(span.start, span.end)),
            attributes: attributes,
            status: .init(
                code: span.isError || !span.errors.isEmpty ? 2 : 0,
                message: span.errors.isEmpty ? nil : span.errors.joined(separator: ",")))
    }
}

extension TraceExport.Value {
    /// The value on the wire; nil for kinds that no span of ours has.
    init?(_ attribute: SpanAttribute) {
        switch attribute {
        case .int32(let number): self = .integer(Int64(number))
        case .int64(let number): self = .integer(number)
        case .double(let number): self = .double(number)
        case .bool(let flag): self = .boolean(flag)
        case .string(let text): self = .string(text)
        case .stringConvertible(let value): self = .string(value.description)
        case _: return nil
        }
    }
}

extension SpanKind {
    /// The number of OTLP's enumeration.
    fileprivate var number: Int {
        switch self {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        }
    }
}
