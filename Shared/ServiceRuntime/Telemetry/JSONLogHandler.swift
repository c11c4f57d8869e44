import Foundation
import Logging
import Messaging
import Postgres

/// Writes one JSON object a line: `ts`, `level`, `service`, `message`, the trace and request of the task, metadata.
///
/// Payloads are never logged; what a line holds is what the caller passes as message and metadata (XCT-14).
public struct JSONLogHandler: LogHandler {
    /// Values that every line of this logger carries.
    public var metadata: Logger.Metadata = [:]
    /// Values computed for each line, by default those of the task's call.
    public var metadataProvider: Logger.MetadataProvider?
    /// Least level that is written.
    public var logLevel: Logger.Level

    private let service: String
    private let label: String
    private let write: @Sendable (String) -> Void

    /// A handler that writes lines to standard error, or wherever `write` puts them.
    public init(
        service: String, label: String, level: Logger.Level,
        write: @escaping @Sendable (String) -> Void = JSONLogHandler.writeToStandardError
    ) {
        self.service = service
        self.label = label
        logLevel = level
        metadataProvider = .callContext
        self.write = write
    }

    /// Adds or removes one value that every line carries.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line.
    public func log(event: LogEvent) {
        var line = LineWriter()
        line.add("ts", Instant.now.description)
        line.add("level", event.level.rawValue)
        line.add("service", service)
        line.add("logger", label)
        line.add("message", event.message.description)
        var merged = metadata
        if let provided = metadataProvider?.get() { merged.merge(provided) { _, new in new } }
        if let given = event.metadata { merged.merge(given) { _, new in new } }
        if let error = event.error { merged["error"] = .array(ErrorChain(error).links.map { .string($0) }) }
        for key in merged.keys.sorted() where !LineWriter.reserved.contains(key) {
            if let value = merged[key] { line.add(key, value) }
        }
        write(line.finished)
    }

    /// One `write` call a line, so that lines of several threads never mix.
    @Sendable public static func writeToStandardError(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
}

extension Logger.MetadataProvider {
    /// Trace, request and caller of the task's call.
    static let callContext = Logger.MetadataProvider {
        var metadata: Logger.Metadata = [:]
        if let trace = TraceContext.current {
            metadata["trace_id"] = "\(trace.traceID)"
            metadata["span_id"] = "\(trace.spanID)"
        }
        if let call = CallContext.current {
            metadata["request_id"] = "\(call.requestIdentifier)"
            metadata["method"] = "\(call.method)"
            if let caller = call.caller, !caller.accountID.isEmpty { metadata["account"] = "\(caller.accountID)" }
        }
        return metadata
    }
}

/// Builds one JSON object by hand, in a fixed order of members and without escaping slashes.
private struct LineWriter {
    static let reserved: Set<String> = ["ts", "level", "service", "logger", "message"]

    private var text = "{"

    var finished: String { text + "}" }

    mutating func add(_ key: String, _ value: String) {
        begin(key)
        append(value)
    }

    mutating func add(_ key: String, _ value: Logger.MetadataValue) {
        begin(key)
        append(value)
    }

    private mutating func begin(_ key: String) {
        if text.utf8.count > 1 { text += "," }
        append(key)
        text += ":"
    }

    private mutating func append(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let string): append(string)
        case .stringConvertible(let convertible): append(convertible.description)
        case .array(let values):
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += "," }
                append(value)
            }
            text += "]"
        case .dictionary(let members):
            text += "{"
            for (index, key) in members.keys.sorted().enumerated() {
                if index > 0 { text += "," }
                append(key)
                text += ":"
                append(members[key] ?? "")
            }
            text += "}"
        }
    }

    private mutating func append(_ string: String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            case _: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
