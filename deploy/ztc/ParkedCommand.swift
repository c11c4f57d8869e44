import ArgumentParser
import CommonContracts
import Foundation

/// Looks at keys whose messages wait, and lets one go on (XCT-6).
struct ParkedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parked", abstract: "Lists and skips a service's parked keys.",
        subcommands: [List.self, Skip.self], defaultSubcommand: List.self)

    /// Shows what waits.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists keys whose messages wait.")
        @OptionGroup var options: OperatorOptions
        @Option(help: "One topic only.")
        var topic = ""

        func run() async throws {
            let keys = try await options.call { client, bearer in
                var keys: [Zhitongche_Common_V1_ParkedKey] = []
                var request = Zhitongche_Common_V1_ListParkedKeysRequest()
                request.topic = topic
                request.pageSize = 200
                repeat {
                    let answer = try await client.listParkedKeys(request: bearer.request(request), options: .ordinary)
                    keys += answer.keys
                    request.pageToken = answer.nextPageToken
                } while !request.pageToken.isEmpty
                return keys
            }
            Console.table(
                ["topic", "key", "cause", "letter", "since", "last", "first waiting", "waiting"],
                keys.map { key in
                    [
                        key.topic, key.key, key.cause.word, key.deadLetterID == 0 ? "–" : "\(key.deadLetterID)",
                        key.since.date.ISO8601Format(), "\(key.lastSeq)",
                        key.firstWaitingSeq == 0 ? "–" : "\(key.firstWaitingSeq)", "\(key.waiting)",
                    ]
                }, right: [3, 5, 6, 7])
        }
    }

    /// Gives up what a key waits for.
    struct Skip: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Gives up what a key waits for; its parked messages take effect over the hole.")
        @OptionGroup var options: OperatorOptions
        @Option(help: "Topic of the messages.")
        var topic: String
        @Option(help: "The key.")
        var key: String
        @Option(help: "Why; kept in the audit. No personal data.")
        var reason: String

        func run() async throws {
            let answer = try await options.call { client, bearer in
                try await client.skipParkedKey(
                    request: bearer.request(
                        .with {
                            $0.requestID = UUID().uuidString
                            $0.topic = topic
                            $0.key = key
                            $0.reason = reason
                        }), options: .ordinary)
            }
            let given = answer.skippedTo > 0 ? "events \(answer.skippedFrom) to \(answer.skippedTo) given up; " : ""
            let end =
                answer.parkedAgain == .unspecified ? "the key is free" : "it waits again: \(answer.parkedAgain.word)"
            Console.line("\(given)\(answer.followed) parked messages followed; \(end)")
        }
    }
}
