import Foundation
import Postgres
import Testing

@Suite("Values through the server's binary forms")
struct ValueTests {
    /// Sends each value and reads it back; the server's text form of it is compared as well where given.
    private func roundTrip<Value: PostgresEncodable & PostgresDecodable & Equatable>(
        _ values: [Value], _ database: Database
    ) async throws {
        for value in values {
            let back = try await database.transaction { transaction in
                try transaction.only("SELECT \(value) AS value").get("value", as: Value.self)
            }
            #expect(back == value)
        }
    }

    @Test("Every type comes back as it was sent, extremes included")
    func everyType() async throws {
        let database = try await freshDatabase("values")
        try await roundTrip([true, false], database)
        try await roundTrip([Int16.min, -1, 0, 1, .max], database)
        try await roundTrip([Int32.min, -1, 0, 1, .max], database)
        try await roundTrip([Int64.min, -1, 0, 1, .max], database)
        try await roundTrip([Int.min, -1, 0, 1, .max], database)
        try await roundTrip([UInt32.min, 1, .max], database)
        try await roundTrip(
            [0, -0.1, .pi, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity, -.infinity], database)
        try await roundTrip(["", "直通车", "a'b\"c\\d\n\t\r$1 {} 😀", String(repeating: "长", count: 200_000)], database)
        try await roundTrip([UUID(), UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))], database)
        try await roundTrip([[], Array(UInt8.min...UInt8.max)], database)
        try await roundTrip(
            [
                Instant(microseconds: 0), Instant(microseconds: -1), Instant(microseconds: 1_587_339_000_000_001),
                Instant(microseconds: -210_866_803_200_000_000), Instant(microseconds: .max),
            ], database)
        try await roundTrip(
            [CalendarDate(year: 2020, month: 2, day: 29), CalendarDate(year: 1, month: 1, day: 1)].compactMap { $0 },
            database)
        try await roundTrip([JSONB(text: #"{"a": [1, null, "直"]}"#)], database)
    }

    @Test("Arrays come back as they were sent")
    func arrays() async throws {
        let database = try await freshDatabase("arrays")
        try await roundTrip([[Int64]](), database)
        try await roundTrip([[], [Int64.min, 0, .max]], database)
        try await roundTrip([[], [Int32.min, 0, .max]], database)
        try await roundTrip([[], [1, 2, 3]] as [[Int]], database)
        try await roundTrip([[], ["", "a,b", "{\"x\"}", "NULL", "直通车"]], database)
        try await roundTrip([[], [UUID(), UUID()]], database)
        try await roundTrip([[], [[], [0, 255], Array("x".utf8)]] as [[[UInt8]]], database)
        try await roundTrip([[Instant(microseconds: 5)]], database)
        try await roundTrip([[true, false]], database)
        let failure = await errorOf {
            try await database.transaction {
                try $0.only("SELECT ARRAY[1, NULL]::bigint[] AS a").get("a", as: [Int64].self)
            }
        }
        #expect(failure as? PostgresError == .decoding(column: "a", reason: "array has a NULL element"))
    }

    @Test("The server understands values as meant, not only its own echo")
    func meaning() async throws {
        let database = try await freshDatabase("meaning")
        let instant = try #require(Instant(iso8601: "2020-04-20T08:30:00.000001Z"))
        let day = try #require(CalendarDate(year: 2020, month: 4, day: 20))
        let row = try await database.transaction { transaction in
            try transaction.only(
                """
                SELECT \(instant)::text AS instant, \(day)::text AS day, \(Int64.min)::text AS least,
                       \(JSONB(text: #"{"k":7}"#)) ->> 'k' AS member, \(["x", "y"])::text AS list,
                       pg_catalog.encode(\([UInt8]([1, 255])), 'hex') AS bytes, \(UInt32.max)::text AS most
                """)
        }
        #expect(try row.get("instant", as: String.self) == "2020-04-20 08:30:00.000001+00")
        #expect(try row.get("day", as: String.self) == "2020-04-20")
        #expect(try row.get("least", as: String.self) == "-9223372036854775808")
        #expect(try row.get("member", as: String.self) == "7")
        #expect(try row.get("list", as: String.self) == "{x,y}")
        #expect(try row.get("bytes", as: String.self) == "01ff")
        #expect(try row.get("most", as: String.self) == "4294967295")
        #expect(instant.description == "2020-04-20T08:30:00.000001Z")
        #expect(Instant(microseconds: -1).description == "1969-12-31T23:59:59.999999Z")
    }

    @Test("NULL is nil in both directions and an error without an optional type")
    func null() async throws {
        let database = try await freshDatabase("nulls")
        let row = try await database.transaction { transaction in
            try transaction.only("SELECT \(String?.none) AS a, \(Int64?.some(3)) AS b, \([Int64]?.none) AS c")
        }
        #expect(try row.get("a", as: String?.self) == nil)
        #expect(try row.get("b", as: Int64?.self) == 3)
        #expect(try row.get("c", as: [Int64]?.self) == nil)
        #expect(throws: PostgresError.decoding(column: "a", reason: "is NULL")) { try row.get("a", as: String.self) }
    }

    @Test("Errors of reading name the column: absent, ambiguous, wrong type, out of range, infinite, unknown")
    func columnErrors() async throws {
        enum Stage: String, PostgresDecodable { case draft, published }
        let database = try await freshDatabase("columns")
        let row = try await database.transaction { transaction in
            try transaction.only(
                """
                SELECT 1::bigint AS id, 2::bigint AS id, 'x'::text AS name, -1::bigint AS ordinal,
                       'infinity'::timestamptz AS at, '294276-12-31'::timestamptz AS late, 'draft'::text AS stage, 1.5::numeric AS amount
                """)
        }
        func reason(_ column: String, _ read: () throws -> Any) -> String? {
            guard case .failure(let error) = Result(catching: read) else { return nil }
            guard case PostgresError.decoding(column, let reason) = error else { return "another error: \(error)" }
            return reason
        }
        #expect(reason("absent") { try row.get("absent", as: Int.self) } == "is not in the result")
        #expect(reason("id") { try row.get("id", as: Int.self) } == "occurs more than once in the result")
        #expect(
            reason("name") { try row.get("name", as: Int.self) }
                == "expected bigint or integer or smallint, the server sent text")
        #expect(reason("amount") { try row.get("amount", as: Double.self) }?.hasSuffix("sent numeric") == true)
        #expect(reason("ordinal") { try row.get("ordinal", as: UInt32.self) } == "is outside the range of UInt32")
        #expect(reason("at") { try row.get("at", as: Instant.self) } == "is infinite")
        #expect(reason("late") { try row.get("late", as: Instant.self) } == "is outside the range of Instant")
        #expect(reason("name") { try row.get("name", as: Stage.self) } == "is not a known Stage")
        #expect(try row.get("stage", as: Stage.self) == .draft)
    }

    @Test("An instant beyond the server's calendar is refused, not wrapped")
    func outOfRange() async throws {
        let database = try await freshDatabase("range")
        for microseconds in [Int64.min, Int64.min + 946_684_800_000_000] {
            let failure = await errorOf {
                try await database.transaction { try $0.only("SELECT \(Instant(microseconds: microseconds)) AS at") }
            }
            #expect((failure as? PostgresError)?.sqlState == "22008")
        }
    }

    @Test(
        "Instants: reading, writing and arithmetic",
        arguments: [
            "1970-01-01T00:00:00.000000Z", "1969-12-31T23:59:59.000001Z", "2000-02-29T12:00:00.500000Z",
            "2100-03-01T00:00:00.000000Z", "0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z",
        ])
    func instants(text: String) throws {
        let instant = try #require(Instant(iso8601: text))
        #expect(instant.description == text)
        #expect(instant + .milliseconds(1) - instant == .milliseconds(1))
        #expect(try JSONDecoder().decode([Instant].self, from: JSONEncoder().encode([instant])) == [instant])
    }

    @Test(
        "Texts that are no instants",
        arguments: [
            "", "2021-02-29T00:00:00Z", "2020-13-01T00:00:00Z", "2020-01-01 00:00:00Z", "2020-01-01T24:00:00Z",
            "2020-01-01T00:00:00", "2020-01-01T00:00:00.Z", "2020-01-01T00:00:00.1234567Z", "2020-0a-01T00:00:00Z",
        ])
    func noInstants(text: String) { #expect(Instant(iso8601: text) == nil) }
}
