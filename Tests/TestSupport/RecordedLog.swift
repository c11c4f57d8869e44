import Logging
import Synchronization

/// Keeps what is logged at warning or above, for tests of what an operator is told.
public final class RecordedLog: Sendable {
    private let kept = Mutex<[String]>([])

    /// A log without a line.
    public init() {}

    /// The lines so far: the message and its metadata.
    public var lines: [String] { kept.withLock { $0 } }

    /// Whether something was logged that begins with a text.
    public func says(_ text: String) -> Bool { lines.contains { $0.hasPrefix(text) } }

    /// A logger that writes here and nowhere else.
    public var logger: Logger { Logger(label: "recorded") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var logLevel = Logger.Level.warning
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let details = event.metadata.map { " \($0)" } ?? ""
            log.kept.withLock { $0.append("\(event.message)\(details)") }
        }
    }
}
