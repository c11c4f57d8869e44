import Kafka
import Postgres
import TestSupport
import Testing

@testable import Messaging

@Suite("Retention by partition (rules 2 and 8)", .serialized)
struct RetentionTests {
    private func retention(_ bench: Bench, journalDays: Int = 90, inboxDays: Int = 104) -> Retention {
        Retention(
            schema: Bench.schema, database: bench.database, journalDays: journalDays, inboxDays: inboxDays)
    }

    private func change(_ bench: Bench, _ statements: SQL...) async throws {
        try await bench.admin.transaction { transaction in
            for statement in statements { try transaction.execute(statement) }
        }
    }

    private func partitions(_ bench: Bench, _ like: String) async throws -> [String] {
        try await bench.admin.transaction { transaction in
            try transaction.query(
                """
                SELECT relname::text AS name FROM pg_class
                WHERE relnamespace = 'sample'::regnamespace AND relkind = 'r' AND relname ~ \(like) ORDER BY relname
                """
            ) { try $0.get("name") }
        }
    }

    /// Publishes events whose numbers lie in the first partitions of journal and publication, then some in the next.
    private func twoPartitions(_ bench: Bench) async throws {
        try await alongside([{ try await bench.relay().run() }]) {
            for seq: Int64 in 1...3 { try await bench.commit(bench.event("a", seq)) }
            try await eventually {
                try await bench.pending()
            } is: {
                $0 == 0
            }
        }
        try await change(
            bench, "SELECT setval('sample.journal_id', 10000000)",
            "UPDATE sample.relay_state SET position = 10000000")
        try await bench.database.transaction { _ = try $0.query("SELECT sample.ensure_partitions()") }
        try await alongside([{ try await bench.relay().run() }]) {
            try await bench.commit(bench.event("a", 4))
            try await eventually {
                try await bench.pending()
            } is: {
                $0 == 0
            }
        }
    }

    @Test("A partition of the journal goes when it is old and delivered, not before, and its places follow")
    func journal() async throws {
        let bench = try await Bench.make()
        try await twoPartitions(bench)
        #expect(try await retention(bench).run() == [])
        // One event of the partition is too young.
        try await change(
            bench, "UPDATE sample.journal SET recorded_at = now() - interval '91 days' WHERE id < 3",
            "UPDATE sample.journal SET recorded_at = now() - interval '89 days' WHERE id = 3")
        #expect(try await retention(bench).run() == [])
        // Old enough for the rule, and not for what this installation states.
        try await change(bench, "UPDATE sample.journal SET recorded_at = now() - interval '91 days' WHERE id = 3")
        #expect(try await retention(bench, journalDays: 180).run() == [])
        // Something of it is to be published again.
        try await change(bench, "INSERT INTO sample.pending (journal_id, again) VALUES (2, true)")
        #expect(try await retention(bench).run() == [])
        try await change(bench, "DELETE FROM sample.pending")
        #expect(try await retention(bench).run() == ["journal_0", "publication_0"])
        #expect(try await retention(bench).run() == [])
        #expect(try await bench.number("SELECT count(*) FROM sample.journal") == 1)
        #expect(try await bench.number("SELECT count(*) FROM sample.dropped_partition") == 2)
        // Writing and publishing go on, and the partition is not made anew.
        try await alongside([{ try await bench.relay().run() }]) {
            try await bench.commit(bench.event("a", 5))
            try await eventually {
                try await bench.published().count
            } is: {
                $0 == 5
            }
        }
        try await bench.database.transaction { _ = try $0.query("SELECT sample.ensure_partitions()") }
        #expect(try await !partitions(bench, "^journal_[0-9]+$").contains("journal_0"))
    }

    @Test("The partition that is being written stays, however old its events are")
    func current() async throws {
        let bench = try await Bench.make()
        try await alongside([{ try await bench.relay().run() }]) {
            try await bench.commit(bench.event("a", 1))
            try await eventually {
                try await bench.pending()
            } is: {
                $0 == 0
            }
        }
        try await change(bench, "UPDATE sample.journal SET recorded_at = now() - interval '400 days'")
        #expect(try await retention(bench).run() == [])
        #expect(try await bench.number("SELECT count(*) FROM sample.journal") == 1)
    }

    @Test("Whoever has the service's login cannot drop what the rules keep")
    func bounds() async throws {
        let bench = try await Bench.make()
        try await twoPartitions(bench)
        let weeks = try await partitions(bench, "^inbox_[0-9]{8}$").count
        #expect(try await retention(bench, journalDays: 0, inboxDays: -1_000).run() == [])
        #expect(try await partitions(bench, "^inbox_[0-9]{8}$").count == weeks)
        await #expect(throws: PostgresError.self) {
            try await bench.database.transaction { try $0.execute("DROP TABLE sample.journal_0") }
        }
        await #expect(throws: PostgresError.self) {
            try await bench.database.transaction { try $0.execute("DELETE FROM sample.dropped_partition") }
        }
    }

    @Test("Weeks of the inbox go when they are old, and a repetition from before has no second effect")
    func inbox() async throws {
        let bench = try await Bench.make()
        // The week that began 21 weeks ago, as an installation of that age has it.
        try await change(
            bench,
            """
            DO $$
            DECLARE week date := date_trunc('week', now() AT TIME ZONE 'UTC')::date - 147;
            BEGIN
                EXECUTE format('CREATE TABLE sample.inbox_%s PARTITION OF sample.inbox FOR VALUES FROM (%L) TO (%L)',
                    to_char(week, 'YYYYMMDD'), week::text || ' 00:00:00+00', (week + 7)::text || ' 00:00:00+00');
                EXECUTE format('ALTER TABLE sample.inbox_%s OWNER TO ztc_sample_owner', to_char(week, 'YYYYMMDD'));
            END $$
            """)
        let weeks = try await partitions(bench, "^inbox_[0-9]{8}$")
        let begun = try await bench.number("extract(epoch FROM date_trunc('week', now(), 'UTC'))::bigint - 147 * 86400")
        let kept = record("a", 1, recorded: Instant(microseconds: (begun + 3 * 86_400) * 1_000_000))
        try await bench.produce(kept)
        try await bench.produce(record("b", 1))
        try await alongside([{ try await bench.inbox().run() }]) {
            try await eventually {
                Set(try await bench.effects())
            } is: {
                $0 == ["a/1", "b/1"]
            }
        }
        #expect(try await bench.number("SELECT count(*) FROM sample.inbox") == 2)
        #expect(try await retention(bench).run() == [weeks[0]])
        #expect(try await bench.number("SELECT count(*) FROM sample.inbox") == 1)
        try await bench.produce(kept)
        try await bench.produce(record("a", 2))
        try await alongside([{ try await bench.inbox().run() }]) {
            try await eventually {
                Set(try await bench.effects())
            } is: {
                $0 == ["a/1", "b/1", "a/2"]
            }
        }
        // The repetition's own row has no week; it goes by the time at which it came.
        #expect(try await bench.number("SELECT count(*) FROM sample.inbox_other") == 1)
        #expect(try await retention(bench).run() == [])
        #expect(try await bench.number("SELECT count(*) FROM sample.inbox_other") == 1)
        try await change(bench, "UPDATE sample.inbox_other SET received_at = now() - interval '105 days'")
        #expect(try await retention(bench).run() == [])
        #expect(try await bench.number("SELECT count(*) FROM sample.inbox_other") == 0)
    }

    @Test("Dead letters and parked messages stay when everything around them goes")
    func letters() async throws {
        let bench = try await Bench.make()
        try await bench.produce(record("rejected", 1))
        try await bench.produce(record("rejected", 2))
        try await alongside([{ try await bench.inbox().run() }]) {
            try await eventually {
                try await bench.number("SELECT count(*) FROM sample.parked_message")
            } is: {
                $0 == 1
            }
        }
        try await change(
            bench, "UPDATE sample.dead_letter SET created_at = now() - interval '400 days'",
            "UPDATE sample.parked_message SET parked_at = now() - interval '400 days'",
            "UPDATE sample.inbox SET received_at = now() - interval '400 days'")
        _ = try await retention(bench).run()
        #expect(try await bench.number("SELECT count(*) FROM sample.dead_letter") == 1)
        #expect(try await bench.number("SELECT count(*) FROM sample.parked_message") == 1)
    }
}
