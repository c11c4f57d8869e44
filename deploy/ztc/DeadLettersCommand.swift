import ArgumentParser
import CommonContracts
import Foundation
import GRPCCore

/// Looks at messages that a service could not handle, and decides about them (XCT-6).
struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deadletters", abstract: "Lists, shows, replays and dismisses a service's dead letters.",
        subcommands: [List.self, Show.self, Replay.self, Dismiss.self], defaultSubcommand: List.self)

    typealias Client = Zhitongche_Common_V1_DeadLetterService.Client<OperatorTransport>
    typealias Letter = Zhitongche_Common_V1_DeadLetter

    /// Which letters are meant.
    struct Selection: ParsableArguments {
        @Option(help: "One topic only.")
        var topic: String = ""

        @Option(
            name: .customLong("class"), help: "One class only: envelope, undecodable, unknown_type, rejected, failed.")
        var kind: String?

        /// All letters that match, page by page.
        func letters(includingClosed: Bool, _ client: Client, _ bearer: Bearer) async throws -> [Letter] {
            var request = Zhitongche_Common_V1_ListDeadLettersRequest()
            request.topic = topic
            request.kind = try kind.map { try .named($0) } ?? .unspecified
            request.includeClosed = includingClosed
            request.pageSize = 200
            var letters: [Letter] = []
            repeat {
                let answer = try await client.listDeadLetters(request: bearer.request(request), options: .ordinary)
                letters += answer.deadLetters
                request.pageToken = answer.nextPageToken
            } while !request.pageToken.isEmpty
            return letters
        }
    }

    /// Shows what is open.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists dead letters, open ones by default.")
        @OptionGroup var options: OperatorOptions
        @OptionGroup var selection: Selection
        @Flag(help: "Lists replayed and dismissed letters too.")
        var all = false

        func run() async throws {
            let letters = try await options.call { client, bearer in
                try await selection.letters(includingClosed: all, client, bearer)
            }
            Console.table(
                ["letter", "topic", "place", "key", "class", "tries", "status", "reason"],
                letters.map { letter in
                    [
                        "\(letter.deadLetterID)", letter.topic, "\(letter.partition)/\(letter.offset)",
                        shown(letter.key), letter.kind.word, "\(letter.attempts)", letter.statusWords, letter.reason,
                    ]
                }, right: [0, 5])
        }
    }

    /// Shows one letter with its bytes.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows one letter with headers and payload; the look is audited.")
        @OptionGroup var options: OperatorOptions
        @Argument(help: "Number of the letter.")
        var letter: Int64

        func run() async throws {
            let answer = try await options.call { client, bearer in
                try await client.getDeadLetter(
                    request: bearer.request(.with { $0.deadLetterID = letter }), options: .ordinary)
            }
            let found = answer.deadLetter
            let facts = [
                ["topic", found.topic], ["place", "\(found.partition)/\(found.offset)"], ["key", shown(found.key)],
                ["class", found.kind.word], ["reason", found.reason], ["tries", "\(found.attempts)"],
                ["written", "\(found.createdAt.date.ISO8601Format())"], ["status", found.statusWords],
                ["dismissal", found.dismissal],
            ]
            Console.table(
                ["of the letter", ""], facts + answer.headers.map { ["header \($0.name)", shown($0.value)] })
            Console.line("payload (\(answer.payload.count) bytes): \(shown(answer.payload))")
        }
    }

    /// Passes letters through the inbox once more.
    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Passes letters through the inbox once more, in the order in which they were written.")
        @OptionGroup var options: OperatorOptions
        @OptionGroup var selection: Selection
        @Argument(help: "Numbers of the letters.")
        var letters: [Int64] = []
        @Flag(help: "Replays every open letter that --topic and --class select.")
        var all = false
        @Flag(help: "Applies events although later ones of their key have been applied.")
        var evenLate = false

        func validate() throws {
            guard all != !letters.isEmpty else { throw ValidationError("name letters, or give --all") }
        }

        func run() async throws {
            let failed = try await options.call { client, bearer in
                var numbers = letters
                if all {
                    numbers = try await selection.letters(includingClosed: false, client, bearer).map(\.deadLetterID)
                }
                return try await replay(numbers, client, bearer)
            }
            if failed > 0 { throw Refusal("\(failed) of the letters had no effect and stay as they are") }
        }

        /// Replays one after the other, since a later letter may follow from an earlier one.
        private func replay(_ numbers: [Int64], _ client: Client, _ bearer: Bearer) async throws -> Int {
            var failed = 0
            for number in numbers {
                do {
                    let request = Zhitongche_Common_V1_ReplayDeadLetterRequest.with {
                        $0.requestID = UUID().uuidString
                        $0.deadLetterID = number
                        $0.evenLate = evenLate
                    }
                    let answer = try await client.replayDeadLetter(
                        request: bearer.request(request), options: .ordinary)
                    if answer.outcome == .failed { failed += 1 }
                    Console.line("letter \(number): \(answer.words)")
                } catch let error as RPCError where error.code == .failedPrecondition {
                    failed += 1
                    Console.line("letter \(number): refused, \(error.message)")
                }
            }
            return failed
        }
    }

    /// Gives a letter up.
    struct Dismiss: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Closes a letter without its effect; a key that waits for it is freed by ztc parked skip.")
        @OptionGroup var options: OperatorOptions
        @Argument(help: "Number of the letter.")
        var letter: Int64
        @Option(help: "Why; kept with the letter and in the audit. No personal data.")
        var reason: String

        func run() async throws {
            let answer = try await options.call { client, bearer in
                try await client.dismissDeadLetter(
                    request: bearer.request(
                        .with {
                            $0.requestID = UUID().uuidString
                            $0.deadLetterID = letter
                            $0.reason = reason
                        }), options: .ordinary)
            }
            let holds = answer.deadLetter.holdsKey ? "; its key still waits: ztc parked skip" : ""
            Console.line("letter \(letter): \(answer.deadLetter.statusWords)\(holds)")
        }
    }
}

extension Zhitongche_Common_V1_DeadLetter {
    fileprivate var statusWords: String {
        switch status {
        case .open: holdsKey ? "open, holds its key" : "open"
        case .replayed: "replayed \(endedAt.date.ISO8601Format()) by \(endedBy)"
        case .dismissed: "dismissed \(endedAt.date.ISO8601Format()) by \(endedBy)"
        case .unspecified, .UNRECOGNIZED: "?"
        }
    }
}

extension Zhitongche_Common_V1_ReplayDeadLetterResponse {
    fileprivate var words: String {
        let what =
            switch outcome {
            case .applied: "applied"
            case .appliedLate: "applied after later events"
            case .parked: "parked behind something else of its key"
            case .superseded: "no effect, a newer state had been applied"
            case .alreadyApplied: "no effect, the event had come another way"
            case .repeated: "no effect, it had been replayed before"
            case .failed: "failed again (\(deadLetter.kind.word)): \(deadLetter.reason)"
            case .unspecified, .UNRECOGNIZED: "?"
            }
        return followed > 0 ? "\(what); \(followed) parked messages followed" : what
    }
}
