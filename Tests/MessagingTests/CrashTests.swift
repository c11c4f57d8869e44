import Foundation
import Kafka
import Postgres
import TestSupport
import Testing

@testable import Messaging

/// Real processes, ended by SIGKILL at named points (RELIABILITY: kill at named points).
@Suite("Crash points", .serialized)
struct CrashTests {
    /// A process that relays or applies the bench's events until it is stopped.
    private func start(_ part: String, _ bench: Bench, crashAt point: String? = nil) throws -> Process {
        let process = Process()
        process.executableURL = try Self.executable()
        let database = bench.database.configuration
        process.arguments = [
            part, "postgresql://ztc_sample_app:sample@\(database.host):\(database.port)/\(database.database)",
            bench.broker.bootstrapServers, Bench.schema, "sample", "thing",
        ]
        var environment = ProcessInfo.processInfo.environment
        environment["ZTC_CRASH_POINT"] = point
        process.environment = environment
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        return process
    }

    private static func executable() throws -> URL {
        let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        for start in [Bundle.main.bundleURL, folder, URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()]
        {
            var place = start
            for _ in 0..<4 {
                let candidate = place.appending(path: "MessagingCrashRun")
                if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
                place.deleteLastPathComponent()
            }
        }
        throw NotReached(description: "the executable MessagingCrashRun is not built")
    }

    private func waitForKill(_ process: Process) async throws {
        try await eventually(within: .seconds(60)) {
            process.isRunning
        } is: {
            !$0
        }
        #expect(process.terminationReason == .uncaughtSignal)
        #expect(process.terminationStatus == SIGKILL)
    }

    @Test(
        "A relay killed between commit, produce and mark loses nothing and inverts nothing",
        arguments: ["relay.beforeProduce", "relay.afterProduce", "relay.afterMark"])
    func relayKilled(point: String) async throws {
        let bench = try await Bench.make()
        for seq in 1...10 { try await bench.commit(bench.event("a", Int64(seq))) }
        for number in 0..<5 { try await bench.commit(bench.event("b-\(number)", 1)) }
        try await waitForKill(try start("relay", bench, crashAt: point))
        #expect(try await bench.pending() == (point == "relay.afterMark" ? 0 : 15))
        try await bench.commit(bench.event("a", 11))
        let second = try start("relay", bench)
        defer { second.terminate() }
        try await eventually(within: .seconds(60)) {
            try await bench.pending()
        } is: {
            $0 == 0
        }
        let published = try await bench.published().map { try IncomingEvent($0) }
        var identifiers: [Int64: Set<String>] = [:]
        for event in published where event.key == "a" { identifiers[event.seq, default: []].insert(event.id) }
        #expect(Set(identifiers.keys) == Set(1...11))
        // What was published twice is the same event, which every inbox recognises.
        #expect(identifiers.values.allSatisfy { $0.count == 1 })
        #expect(Set(published.filter { $0.key.hasPrefix("b-") }.map(\.key)).count == 5)
        let effects = Task { try await bench.inbox().run() }
        try await eventually(within: .seconds(60)) {
            try await bench.effects().count
        } is: {
            $0 >= 16
        }
        effects.cancel()
        try await effects.value
        let applied = try await bench.effects()
        #expect(applied.count == 16)
        #expect(applied.filter { $0.hasPrefix("a/") } == (1...11).map { "a/\($0)" })
        second.terminate()
        second.waitUntilExit()
    }

    @Test(
        "A consumer killed between effect, offset and commit applies every event once",
        arguments: ["test.inHandler:3", "inbox.beforeCommit", "inbox.afterCommit"])
    func inboxKilled(point: String) async throws {
        let bench = try await Bench.make()
        for seq in 1...8 { try await bench.produce(record("a", Int64(seq))) }
        for number in 0..<8 { try await bench.produce(record("b-\(number)", 1)) }
        try await waitForKill(try start("inbox", bench, crashAt: point))
        let second = try start("inbox", bench)
        try await eventually(within: .seconds(90)) {
            try await bench.effects().count
        } is: {
            $0 >= 16
        }
        second.terminate()
        second.waitUntilExit()
        let effects = try await bench.effects()
        #expect(effects.count == 16)
        #expect(Set(effects).count == 16)
        #expect(effects.filter { $0.hasPrefix("a/") } == (1...8).map { "a/\($0)" })
        #expect(try await bench.number("SELECT sum(next) FROM sample.consumer_offset") == 16)
    }
}
