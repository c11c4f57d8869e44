import ArgumentParser
import DirectoryContracts
import GRPCCore
import Postgres
import ServiceRuntime
import SwiftProtobuf

/// Asks the directory's collected audit (DIR-8).
struct AuditListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists entries of the collected audit, the newest first.",
        discussion: "Asks as the account with the role auditor; each question is an entry of the audit itself.")

    @Option(help: "Service, e.g. policy.")
    var service = ""

    @Option(help: "Account that acted.")
    var subject = ""

    @Option(help: "Unit for which staff acted.")
    var unit = ""

    @Option(help: "Enterprise for which the account acted.")
    var enterprise = ""

    @Option(help: "Full name of a call, or its last part.")
    var method = ""

    @Option(help: "What was touched; with * at the end everything that begins so.")
    var object = ""

    @Option(help: "done or denied.")
    var outcome: Outcome?

    @Option(help: "Earliest time of recording, e.g. 2020-04-20T00:00:00Z.")
    var from: String?

    @Option(help: "First time of recording that no longer counts.")
    var until: String?

    @Option(help: "How many at most.")
    var limit = 50

    enum Outcome: String, ExpressibleByArgument, CaseIterable {
        case done, denied
    }

    func run() async throws {
        let stack = Stack()
        let accounts = Accounts(stack)
        let bearer = try await accounts.bearer(accounts.entry(withRole: "auditor").login)
        var request = try filter()
        let entries = try await withConnection(to: "directory", of: stack) { client in
            let directory = Zhitongche_Directory_V1_DirectoryService.Client(wrapping: client)
            var entries: [Zhitongche_Directory_V1_AuditEntry] = []
            repeat {
                request.pageSize = Int32(min(200, limit - entries.count))
                let answer = try await directory.listAuditEntries(
                    request: bearer.request(request), options: .ordinary)
                entries += answer.entries
                request.pageToken = answer.nextPageToken
            } while !request.pageToken.isEmpty && entries.count < limit
            return entries
        }
        Console.table(
            ["recorded", "service", "place", "subject", "for", "call", "object", "outcome", "detail"],
            entries.map { entry in
                [
                    Instant(entry.recordedAt).description, entry.service, "\(entry.place)", entry.subject,
                    entry.unitID + entry.enterpriseID, String(entry.method.split(separator: "/").last ?? ""),
                    entry.object, entry.outcome == .done ? "done" : entry.reason,
                    entry.fault.isEmpty ? entry.detail : "NOT IN THE CHAIN \(entry.detail)",
                ]
            }, right: [2])
    }

    private func filter() throws -> Zhitongche_Directory_V1_ListAuditEntriesRequest {
        guard (1...10_000).contains(limit) else { throw Refusal("--limit must be 1 to 10000") }
        var request = Zhitongche_Directory_V1_ListAuditEntriesRequest.with {
            $0.service = service
            $0.subject = subject
            $0.unitID = unit
            $0.enterpriseID = enterprise
            $0.method = method
            $0.object = object
        }
        switch outcome {
        case .done: request.outcome = .done
        case .denied: request.outcome = .denied
        case nil: break
        }
        if let from { request.from = try Self.time(from, "--from") }
        if let until { request.until = try Self.time(until, "--until") }
        return request
    }

    private static func time(_ text: String, _ option: String) throws -> Google_Protobuf_Timestamp {
        guard let instant = Instant(iso8601: text) else {
            throw Refusal("\(option) is no time such as 2020-04-20T00:00:00Z")
        }
        return Google_Protobuf_Timestamp(instant)
    }
}
