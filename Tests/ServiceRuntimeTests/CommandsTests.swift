import GRPCCore
import Postgres
import Testing

@testable import ServiceRuntime

@Suite("Request identifiers (XCT-13)")
struct CommandsTests {
    private let stage: Stage
    private let token: String

    init() async throws {
        stage = try await Stage.shared.value
        token = try await stage.identity.token()
    }

    private func things(_ name: String) async throws -> Int64 {
        try await stage.rows(
            "SELECT count(*) AS count FROM directory.thing WHERE name = \(name)", "count", as: Int64.self)[0]
    }

    @Test("repeating a command returns the first answer and has no second effect") func repeated() async throws {
        #expect(try await stage.call("Count", "r-1:apple", token: token) == "1")
        #expect(try await stage.call("Count", "r-2:apple", token: token) == "2")
        #expect(try await stage.call("Count", "r-1:apple", token: token) == "1")
        #expect(try await things("apple") == 2)
        let events = try await stage.rows(
            "SELECT count(*) AS count FROM directory.journal WHERE key IN ('r-1', 'r-2')", "count", as: Int64.self)
        #expect(events == [2])
        let audited = try await stage.rows(
            """
            SELECT count(*) AS count FROM directory.audit_entry
            WHERE object = 'apple' AND outcome = 'done' AND subject = 'account-1' AND length(trace_id) = 32
            """, "count", as: Int64.self)
        #expect(audited == [2])
    }

    @Test("the same identifier with another request is REQUEST_ID_REUSED") func reused() async throws {
        _ = try await stage.call("Count", "r-3:pear", token: token)
        let error = try #require(await stage.refusal("Count", "r-3:plum", token: token))
        #expect(error.code == .invalidArgument)
        #expect(Problem(error)?.reason == .requestIDReused)
        #expect(try await things("plum") == 0)
    }

    @Test("text with the NUL character is malformed, wherever it stands in the request (XCT-12)")
    func unstorableText() async throws {
        for text in ["r-nul:fi\u{0}g", "r-\u{0}nul:fig"] {
            let error = try #require(await stage.refusal("Count", text, token: token))
            #expect(error.code == .invalidArgument)
            #expect(Problem(error)?.reason == .invalidField)
        }
    }

    @Test("another caller's identifier is another command") func otherCaller() async throws {
        let other = try await stage.identity.token(stage.identity.claims(account: "account-2"))
        #expect(try await stage.call("Count", "r-4:fig", token: token) == "1")
        #expect(try await stage.call("Count", "r-4:fig", token: other) == "2")
    }

    @Test("failures leave nothing behind and may be repeated") func failures() async throws {
        for _ in 0..<2 {
            #expect(await stage.refusal("Count", "r-5:fail", token: token)?.code == .failedPrecondition)
        }
        #expect(try await things("fail") == 0)
        let kept = try await stage.rows(
            "SELECT count(*) AS count FROM directory.request_identifier WHERE identifier = 'r-5'", "count",
            as: Int64.self)
        #expect(kept == [0])
    }

    @Test("of many at once with one identifier exactly one has an effect, and all get its answer") func concurrent()
        async throws
    {
        let answers = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<16 { group.addTask { try await stage.call("Count", "r-6:nut", token: token) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == Array(repeating: "1", count: 16))
        #expect(try await things("nut") == 1)
    }

    @Test("answers with secrets are not kept") func secrets() async throws {
        #expect(try await stage.call("Secret", "r-7:key", token: token) == "1")
        #expect(await stage.refusal("Secret", "r-7:key", token: token)?.code == .alreadyExists)
        #expect(try await things("key") == 1)
    }

    @Test("identifiers have 1 to 64 characters", arguments: ["", String(repeating: "x", count: 65)])
    func malformed(_ id: String) async throws {
        let call = CallContext.Values(
            requestIdentifier: "r", method: "m", caller: Caller(accountID: "a", kind: .staff))
        let problem = await #expect(throws: Problem.self) {
            try await CallContext.$current.withValue(call) {
                _ = try await stage.handle.runtime.commands.run(Text("x"), id: id) { _ in Text("y") }
            }
        }
        #expect(problem?.violations.map(\.field) == ["request_id"])
    }

    @Test("the running service can add to the audit and change nothing in it (rule 20)") func auditIsInsertOnly()
        async throws
    {
        for statement: SQL in [
            "UPDATE directory.audit_entry SET subject = 'x'", "DELETE FROM directory.audit_entry",
            "TRUNCATE directory.audit_entry", "DELETE FROM directory.business_clock",
        ] {
            let error = await #expect(throws: PostgresError.self) {
                try await stage.handle.runtime.database.transaction { try $0.execute(statement) }
            }
            #expect(error?.sqlState == "42501")
        }
    }
}
