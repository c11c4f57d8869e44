import CommonContracts
import Messaging
import Postgres
import TestSupport
import Testing

@testable import ServiceRuntime

@Suite("Digests of days (XCT-7)", .serialized)
struct DigestWorkerTests {
    @Test("XCT-7 a day is closed once, after its end, when its events are published; missed days follow in order")
    func days() async throws {
        let stage = try await Stage(kafka: "127.0.0.1:1")
        try stage.identity.apply(to: stage.handle.runtime.trust)
        await stage.handle.waitUntilServing()
        let runtime = stage.handle.runtime
        try await midnightPassed()
        let clock = TestClock(.now)
        let worker = DigestWorker(
            definition: ProbeApp.definition, database: runtime.database, clock: runtime.clock, outbox: runtime.outbox,
            now: { clock.now })
        var watch: DigestWorker.Watch?
        #expect(try await worker.closeNext(&watch) == .upToDate)
        _ = try await stage.call("Count", "one:first", token: stage.identity.token())
        #expect(try await worker.closeNext(&watch) == .upToDate)

        // Noon of the day after next, whatever time of day it is now: a day is closed some minutes after its end.
        let noon = (Int64(DigestWorker.day(of: clock.now).daysSince1970) + 2) * 86_400_000_000 + 43_200_000_000
        clock.advance(Instant(microseconds: noon) - clock.now)
        let waiting = try await worker.closeNext(&watch)
        guard case .waits(let today) = waiting else {
            Issue.record("the day should wait for its event: \(waiting)")
            return
        }
        try await database(stage).transaction { transaction in
            try transaction.execute(
                "DELETE FROM directory.pending WHERE journal_id IN (SELECT id FROM directory.journal WHERE key = 'one')",
                expecting: 1)
        }
        // The audit's batches of the day are events like any other, and come when the sealer has time; transactions of
        // others may still be open.
        func closed() async throws -> DigestWorker.Step {
            try await eventually {
                try await database(stage).transaction { try $0.execute("DELETE FROM directory.pending") }
                return try await worker.closeNext(&watch)
            } is: {
                if case .closed = $0 { true } else { false }
            }
        }
        #expect(try await closed() == .closed(today))
        guard case .closed(let next) = try await closed() else {
            Issue.record("the second day is over as well")
            return
        }
        #expect(next > today)
        #expect(try await worker.closeNext(&watch) == .upToDate)

        let kept = try await database(stage).transaction { transaction in
            try transaction.query(
                """
                SELECT seq, payload FROM directory.journal
                WHERE topic = 'ztc.directory.digest.events.v1' AND key = 'ztc.directory.probe.events.v1' ORDER BY id
                """
            ) { (seq: try $0.get("seq", as: Int64.self), bytes: try $0.get("payload", as: [UInt8].self)) }
        }
        let digests = try kept.map { try Zhitongche_Common_V1_DigestClosed(serializedBytes: $0.bytes).digest }
        #expect(kept.map(\.seq) == [1, 2])
        #expect(digests.map(\.day) == [today, next])
        #expect(digests.map(\.topic) == Array(repeating: "ztc.directory.probe.events.v1", count: 2))
        #expect(digests[0].partitions.map(\.events) == [1] && digests[1].partitions.isEmpty)
        try await stage.handle.stop()
    }

    @Test("XCT-7 a transaction that began on the day keeps it open until it ends")
    func lateCommit() async throws {
        let stage = try await Stage(kafka: "127.0.0.1:1")
        await stage.handle.waitUntilServing()
        let runtime = stage.handle.runtime
        let clock = TestClock(.now + .seconds(2 * 86_400))
        let worker = DigestWorker(
            definition: ProbeApp.definition, database: runtime.database, clock: runtime.clock, outbox: runtime.outbox,
            now: { clock.now })
        let ledger = worker.ledger
        let slow = try await database(stage).dedicated(name: "slow")
        try await slow.executeScript("BEGIN; INSERT INTO directory.thing (name) VALUES ('slow')")
        let number = try await runtime.database.transaction { try ledger.nextTransaction(in: $0) }
        #expect(try await !runtime.database.transaction { try ledger.isSettled(before: number, in: $0) })
        try await slow.executeScript("COMMIT")
        // Short transactions of others may be under way at any time.
        try await eventually {
            try await runtime.database.transaction { try ledger.isSettled(before: number, in: $0) }
        } is: {
            $0
        }
        await slow.close()
        try await stage.handle.stop()
    }

    private func database(_ stage: Stage) -> Database {
        Database(configuration: stage.admin, logger: .init(label: "digests"))
    }
}
