import CommonContracts
import Foundation
import GRPCCore
import GRPCProtobuf
import Messaging
import Postgres
import ServiceTestSupport
import SwiftProtobuf
import Synchronization
import TestSupport
import Testing

@testable import ServiceRuntime

/// A service whose timers write down that they fired; a subject named "broken" fails until it is mended.
private enum TimerApp: ServiceApp {
    static let told = Topic.events("policy", "timer")
    static let definition = ServiceDefinition(
        name: "policy", defaultPort: 0,
        migrations: [
            Migration(
                version: 1, name: "effects",
                sql: """
                    CREATE TABLE policy.effect (
                        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, subject text NOT NULL, name text NOT NULL,
                        due_at timestamptz NOT NULL
                    );
                    CREATE TABLE policy.mended (singleton boolean PRIMARY KEY DEFAULT true);
                    """)
        ],
        topics: [told], access: [:], descriptors: [])

    static func build(_ runtime: Runtime) throws -> ServiceComponents {
        var handlers = TimerHandlers()
        for name in ["first", "second"] {
            handlers.on(name) { firing in
                let timer = firing.timer
                let isMended = try firing.tx.first("SELECT singleton FROM policy.mended") != nil
                if timer.subject == "broken", !isMended { throw EventRejection("broken") }
                try firing.tx.execute(
                    """
                    INSERT INTO policy.effect (subject, name, due_at)
                    VALUES (\(timer.subject), \(timer.name), \(timer.dueAt))
                    """, expecting: 1)
                try runtime.outbox.append(
                    OutgoingEvent(
                        told, key: "\(timer.subject) \(timer.dueAt.microseconds)", seq: 1, time: firing.now,
                        Text(timer.name)), in: firing.tx)
            }
        }
        return ServiceComponents(rpcs: [], workers: [TimerWorker.make(runtime, handlers)])
    }
}

@Suite("Timers")
struct TimerTests {
    private typealias Bench = ServiceBench<TimerApp>

    private static func make() async throws -> Bench {
        try await ServiceBench.make(TimerApp.self, environment: ["ZTC_POLICY_DEVELOPMENT": "true"])
    }

    private static func texts(_ sql: SQL, _ bench: Bench) async throws -> [String] {
        try await bench.administration.transaction { try $0.query(sql) { try $0.get("text") } }
    }

    /// Sets timers so many days after business time as it is now, through the service's own code.
    private static func set(_ timers: [(String, String, Int)], _ handle: ServiceHandle) async throws {
        let (runtime, clock) = (handle.runtime, handle.runtime.clock)
        try await runtime.database.transaction { tx in
            let now = try clock.now(tx)
            try Timers(runtime).set(
                timers.map { Timer(subject: $0.0, name: $0.1, dueAt: now + .seconds($0.2 * 86_400)) }, in: tx)
        }
    }

    private static func move(days: Int, _ handle: ServiceHandle, _ bench: Bench) async throws {
        try await bench.withClient(of: handle) { client in
            _ = try await Zhitongche_Common_V1_DevelopmentService.Client(wrapping: client).moveClock(
                .with { $0.by.seconds = Int64(days) * 86_400 }, options: bench.options)
        }
    }

    @Test("rule 14, APL-4: after jumps of the clock, on any replica, over restarts, all fire once and in due order")
    func jumps() async throws {
        let bench = try await Self.make()
        var (first, second) = (try await bench.start(), try await bench.start())
        var expected = 0
        for round in 0..<3 {
            var timers: [(String, String, Int)] = []
            for number in 0..<120 {
                let name = number % 2 == 0 ? "first" : "second"
                timers.append(("case \(round)-\(number % 40)", name, 1 + number * 7 % 90))
            }
            expected += timers.count
            try await Self.set(timers, round == 1 ? second : first)
            try await Self.move(days: 100, round == 1 ? first : second, bench)
            let wanted = expected
            try await eventually(within: .seconds(60)) {
                try await Self.texts("SELECT subject AS text FROM policy.effect", bench).count
            } is: {
                $0 >= wanted
            }
            // Going back makes nothing fire again, nor does the way forward.
            try await Self.move(days: -50, first, bench)
            try await Self.move(days: 50, second, bench)
            if round == 0 {
                try await first.stop()
                first = try await bench.start()
            } else {
                try await second.stop()
                second = try await bench.start()
            }
        }
        let twice: SQL = """
            SELECT subject AS text FROM policy.effect GROUP BY subject, name, due_at HAVING count(*) > 1
            """
        #expect(try await Self.texts(twice, bench).isEmpty)
        #expect(try await Self.texts("SELECT subject AS text FROM policy.effect", bench).count == expected)
        // Within a round the order is that of time.
        let disorder: SQL = """
            SELECT later.subject AS text FROM policy.effect AS earlier JOIN policy.effect AS later
                ON later.id > earlier.id AND later.due_at < earlier.due_at
                AND substr(later.subject, 6, 1) = substr(earlier.subject, 6, 1)
            """
        #expect(try await Self.texts(disorder, bench).isEmpty)
        try await eventually(within: .seconds(60)) {
            Set(try await bench.published(TimerApp.told).map(\.id)).count
        } is: {
            $0 == expected
        }
        try await first.stop()
        try await second.stop()
    }

    @Test("a timer that is taken back or replaced does not fire; one that fails holds up its own subject alone")
    func replacedAndFailing() async throws {
        let bench = try await Self.make()
        let handle = try await bench.start()
        let runtime = handle.runtime
        try await Self.set(
            [
                ("a", "first", 1), ("a", "second", 1), ("broken", "first", 1), ("broken", "second", 2),
                ("c", "first", 2),
            ],
            handle)
        try await runtime.database.transaction { [clock = runtime.clock] tx in
            let now = try clock.now(tx)
            try Timers(runtime).replace(
                of: "a", names: ["first"],
                with: [Timer(subject: "a", name: "first", dueAt: now + .seconds(30 * 86_400))], in: tx)
        }
        try await Self.move(days: 3, handle, bench)
        let effects: SQL = "SELECT subject || ' ' || name AS text FROM policy.effect ORDER BY id"
        try await eventually {
            try await Self.texts(effects, bench)
        } is: {
            $0 == ["a second", "c first"]
        }
        try await eventually {
            try await Self.texts("SELECT failures::text AS text FROM policy.timer WHERE failures > 0", bench)
        } is: {
            $0.count == 1
        }
        try await bench.administration.transaction { tx in
            try tx.execute("INSERT INTO policy.mended DEFAULT VALUES", expecting: 1)
            try tx.execute("UPDATE policy.timer SET retry_at = clock_timestamp() WHERE retry_at IS NOT NULL")
        }
        try await eventually(within: .seconds(60)) {
            try await Self.texts(effects, bench)
        } is: {
            $0 == ["a second", "c first", "broken first", "broken second"]
        }
        try await Self.move(days: 30, handle, bench)
        try await eventually {
            try await Self.texts(effects, bench)
        } is: {
            $0.last == "a first" && $0.count == 5
        }
        try await handle.stop()
    }

    @Test("two leaders at once fire nothing twice: the mark lets one of them through")
    func twoLeaders() async throws {
        let bench = try await Self.make()
        let handle = try await bench.start()
        let fired = Mutex(0)
        var handlers = TimerHandlers()
        handlers.on("other") { firing in
            try firing.tx.execute(
                """
                INSERT INTO policy.effect (subject, name, due_at)
                VALUES (\(firing.timer.subject), 'other', \(firing.timer.dueAt))
                """, expecting: 1)
            fired.withLock { $0 += 1 }
        }
        // No worker of the service knows the name, so only these two compete.
        try await Self.set((0..<300).map { ("s\($0)", "other", -1) }, handle)
        let rival = TimerWorker.make(handle.runtime, handlers)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<2 {
                let context = WorkerContext(logger: handle.runtime.logger, signal: WakeSignal())
                group.addTask {
                    _ = number
                    do { try await rival.run(context) } catch is CancellationError {} catch PostgresError.cancelled {}
                }
            }
            try await eventually(within: .seconds(60)) {
                try await Self.texts("SELECT subject AS text FROM policy.timer WHERE fired_at IS NULL", bench).count
            } is: {
                $0 == 0
            }
            group.cancelAll()
        }
        #expect(try await Self.texts("SELECT subject AS text FROM policy.effect", bench).count == 300)
        #expect(fired.withLock { $0 } >= 300)
        try await handle.stop()
    }
}
