import ArgumentParser
import CommonContracts
import Foundation
import ServiceRuntime

/// Pages through what a service has published.
struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Lists the events that a service has published, in the order of their publication.",
        discussion: "One line per event: position, topic, key, sequence number, type, recorded time, bytes.")

    @Option(help: "directory, policy, enterprise, project, notification, assessment or appeal.")
    var service: String

    @Option(help: "Only events after this position.")
    var after: Int64 = 0

    @Option(help: "Only events of this topic.")
    var topic = ""

    @Option(help: "Only events with this key.")
    var key = ""

    @Option(help: "At most so many events.")
    var limit = 100

    @Flag(help: "Prints a JSON object per line, with all headers and the payload in base 64.")
    var json = false

    func run() async throws {
        let log = try await EventLog(service: service, of: Stack())
        try await log.call { client in
            var token = ""
            var left = limit
            var last = Zhitongche_Common_V1_ListEventsResponse()
            while left > 0 {
                last = try await client.listEvents(
                    request: log.request(
                        .with {
                            $0.topic = topic
                            $0.key = key
                            $0.afterPosition = after
                            $0.pageSize = Int32(min(left, 200))
                            $0.pageToken = token
                        }), options: .ordinary)
                for event in last.events { print(try json ? event.json : event.line) }
                left -= last.events.count
                token = last.nextPageToken
                if token.isEmpty { break }
            }
            FileHandle.standardError.write(
                Data("oldest held: \(last.oldestPosition); looked at up to: \(last.throughPosition)\n".utf8))
        }
    }
}

extension Zhitongche_Common_V1_PublishedEvent {
    private func header(_ name: String) -> String {
        headers.last { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) } ?? ""
    }

    fileprivate var line: String {
        let seq = Int64(header("ce_aggregateseq")).map { "\($0)" } ?? "?"
        return [
            "\(position)", topic, key, seq, header("ce_type"), header("ce_recordedtime"),
            tombstone ? "tombstone" : "\(payload.count) B",
        ].joined(separator: "\t")
    }

    fileprivate var json: String {
        get throws {
            struct Printed: Encodable {
                let position: Int64
                let topic: String
                let key: String
                let headers: [[String]]
                let payload: String?
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let printed = Printed(
                position: position, topic: topic, key: key,
                headers: headers.map { [$0.name, String(decoding: $0.value, as: UTF8.self)] },
                payload: tombstone ? nil : payload.base64EncodedString())
            return String(decoding: try encoder.encode(printed), as: UTF8.self)
        }
    }
}
