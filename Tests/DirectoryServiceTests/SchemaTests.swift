import DirectoryContracts
import DirectoryDomain
import Postgres
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import DirectoryService

@Suite("The directory's schema and security parts", .serialized)
struct SchemaTests {
    @Test("XCT-14: CHECK lists equal the domain's enumerations; the running service cannot rewrite the audit")
    func schema() async throws {
        try await DirectoryBench.run { bench in
            let expected = [
                "unit_kind": words(of: UnitKind.self), "role_permission_scope": words(of: GrantScope.self),
                "account_kind": words(of: Account.Kind.self), "account_status": words(of: Account.State.self),
                "one_time_code_purpose": words(of: OneTimeCode.Purpose.self),
                "session_ended_by": words(of: SessionRecord.End.self),
            ]
            let found = try await bench.administration.checkedWords(in: "directory")
            #expect(found == expected)
            for statement: SQL in [
                "UPDATE directory.audit_entry SET subject = ''", "DELETE FROM directory.audit_entry",
            ] {
                await #expect(throws: PostgresError.self) {
                    try await bench.handle.runtime.database.transaction { try $0.execute(statement) }
                }
            }
            let seeded = try await bench.count("SELECT count(*) AS n FROM directory.role")
            let roles = try await eventually {
                try await bench.published(Zhitongche_Directory_V1_RoleState.self, on: DirectoryEvents.roleStates)
            } is: {
                $0.count == seeded
            }
            let publisher = roles.first { $0.message.role.roleID == "publisher" }?.message.role
            #expect(publisher?.secondFactor == true && publisher?.permissions.count == 6)
        }
    }

    @Test("DIR-4: the seeded roles are those agreed upon, and all are valid")
    func seededRoles() async throws {
        try await DirectoryBench.run { bench in
            let admin = try await bench.administrator()
            var roles: [Zhitongche_Directory_V1_Role] = []
            var page = ""
            repeat {
                let answer = try await bench.client.listRoles(
                    .with {
                        $0.pageSize = 5
                        $0.pageToken = page
                    }, metadata: admin, options: bench.options)
                roles += answer.roles
                page = answer.nextPageToken
            } while !page.isEmpty
            #expect(
                roles.map(\.roleID) == [
                    "administrator", "assessor", "auditor", "bank", "data-steward", "decision-recorder", "dispatcher",
                    "enterprise-administrator", "enterprise-user", "handler", "leading-group", "operator", "publisher",
                    "reviewer", "subscriber", "supervisor", "unit-leader",
                ])
            #expect(
                roles.filter(\.secondFactor).map(\.roleID) == [
                    "administrator", "decision-recorder", "leading-group", "operator", "publisher",
                ])

            // A handler works for a unit: beyond it and its region only audiences, which name nobody, and the list of
            // supervision, which is for all units, are shown.
            let handler = try #require(roles.first { $0.roleID == "handler" })
            let scopes = Dictionary(uniqueKeysWithValues: handler.permissions.map { ($0.action, $0.scope) })
            #expect(
                scopes.filter { $0.value != .ownUnitAndBelow } == [
                    "enterprise.read": .region, "enterprise.audience.read": .all,
                    "enterprise.audience.preview": .all, "enterprise.match.read": .region, "project.read": .region,
                    "project.rate.read": .region, "appeal.supervision.read": .all,
                ])

            // A bank asks and reads its own questions, and nobody else speaks for one (APL-3).
            let bank = try #require(roles.first { $0.roleID == "bank" })
            #expect(bank.permissions.map(\.action) == ["appeal.bank.submit", "appeal.case.read"])
            #expect(bank.permissions.allSatisfy { $0.scope == .ownUnitAndBelow } && bank.name == "银行")
            #expect(
                roles.filter { $0.permissions.contains { $0.action == "appeal.bank.submit" } }.map(\.roleID) == ["bank"]
            )
            // Enterprises file information for themselves (PRJ-1).
            for id in ["enterprise-user", "enterprise-administrator"] {
                let role = try #require(roles.first { $0.roleID == id })
                let project = role.permissions.filter { $0.action.hasPrefix("project.") }
                #expect(project.map(\.action) == ["project.information.file", "project.information.read"])
                #expect(role.permissions.allSatisfy { $0.scope == .ownEnterprise })
            }
            #expect(
                !roles.flatMap(\.permissions).contains { $0.action == "enterprise.member.write" },
                "no role names an action that no call has")
        }
    }

    @Test("DIR-4, APL-3, PRJ-1 an update keeps a role that an installation made for itself, and grants what is new")
    func updatedRoles() async throws {
        let schema = try await EarlierSchema.make(DirectoryApp.self, before: 13)
        try await schema.administration.transaction { tx in
            try tx.execute("INSERT INTO directory.role VALUES ('bank', '本地银行', true, true, 3)", expecting: 1)
            try tx.execute(
                "INSERT INTO directory.role_permission VALUES ('bank', 0, 'appeal.bank.submit', 'all')", expecting: 1)
            try tx.execute(
                """
                INSERT INTO directory.role_permission
                VALUES ('enterprise-user', 90, 'project.information.file', 'own_enterprise')
                """, expecting: 1)
            try tx.execute("UPDATE directory.role SET announced = true WHERE id LIKE 'enterprise-%'", expecting: 2)
            try tx.execute("DELETE FROM directory.role_permission WHERE role_id = 'enterprise-administrator'")
            try tx.execute("DELETE FROM directory.role WHERE id = 'enterprise-administrator'", expecting: 1)
        }
        try await schema.migrate()
        let roles = try await schema.administration.transaction {
            try $0.query(
                """
                SELECT id || ' ' || name || ' ' || announced || ' ' || seq || ' ' || (
                    SELECT string_agg(action, ' ' ORDER BY place) FROM directory.role_permission
                    WHERE role_id = id AND action NOT LIKE 'enterprise.%' AND action NOT LIKE 'appeal.case.%') AS text
                FROM directory.role WHERE id = 'bank' OR id LIKE 'enterprise-%' ORDER BY id
                """
            ) { try $0.get("text", as: String.self) }
        }
        #expect(
            roles == [
                "bank 本地银行 true 3 appeal.bank.submit",
                "enterprise-user 企业用户 false 2 project.information.file project.information.read",
            ])
    }

    @Test(
        "DIR-5: codes by time steps follow RFC 6238",
        arguments: [
            (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
            (2_000_000_000, "279037"), (20_000_000_000, "353130"),
        ] as [(Int64, String)])
    func timeSteps(_ seconds: Int64, _ code: String) {
        #expect(TimeStepCodes.code(secret: Array("12345678901234567890".utf8), step: seconds / 30) == code)
    }

    @Test("DIR-5: base32 follows RFC 4648")
    func base32() {
        for (text, coded) in [
            ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("foobar", "MZXW6YTBOI"),
        ] {
            #expect(Base32.encode(Array(text.utf8)) == coded)
            #expect(Base32.decode(coded.lowercased()) == Array(text.utf8))
        }
        #expect(Base32.decode("MZXW1") == nil)
    }

    @Test("DIR-5: a password's hash carries its own parameters, its salt, and nothing of the password")
    func passwordHashes() async throws {
        let cheap = PasswordHasher(cost: PasswordHasher.Cost(logRounds: 10, blockSize: 8, parallelism: 1))
        let stronger = PasswordHasher(cost: PasswordHasher.Cost(logRounds: 11, blockSize: 8, parallelism: 2))
        let stored = try await cheap.hash("Staff-Pass-2020")
        #expect(stored.hasPrefix("$scrypt$ln=10,r=8,p=1$"))
        #expect(try await cheap.hash("Staff-Pass-2020") != stored, "every hash has a salt of its own")
        #expect(try await stronger.verify("Staff-Pass-2020", against: stored))
        #expect(try await !stronger.verify("Staff-Pass-2021", against: stored))
        #expect(try await !stronger.verify("Staff-Pass-2020", against: nil))
        #expect(try await !stronger.verify("Staff-Pass-2020", against: "$scrypt$ln=60,r=8,p=1$AAAA$AAAA"))
    }

    @Test("DIR-5: sealed data opens for its purpose and row only")
    func vault() throws {
        let vault = DataVault(key: Secret.random(count: 32))
        let sealed = try vault.seal([1, 2, 3], for: .phone, row: "a")
        #expect(try vault.open(sealed, for: .phone, row: "a") == [1, 2, 3])
        #expect(throws: DataVault.Unreadable.self) { try vault.open(sealed, for: .phone, row: "b") }
        #expect(throws: DataVault.Unreadable.self) { try vault.open(sealed, for: .totp, row: "a") }
        let other = DataVault(key: Secret.random(count: 32))
        #expect(throws: DataVault.Unreadable.self) { try other.open(sealed, for: .phone, row: "a") }
        #expect(vault.oneTimeCode(of: "x").count == 6 && vault.oneTimeCode(of: "x") == vault.oneTimeCode(of: "x"))
    }

    @Test("DIR-6: services' secrets are pairs or JSON, long enough, and match exactly")
    func secrets() throws {
        for text in [
            "policy=0123456789abcdef, notification = fedcba9876543210",
            #"{"policy": "0123456789abcdef", "notification": "fedcba9876543210"}"#,
        ] {
            let secrets = try ServiceSecrets(text)
            #expect(secrets.names == ["notification", "policy"])
            #expect(secrets.matches("0123456789abcdef", service: "policy"))
            #expect(!secrets.matches("0123456789abcdef", service: "notification"))
            #expect(!secrets.matches("", service: "unknown"))
        }
        for text in ["policy", "policy=short", "Bad Name=0123456789abcdef", "{", #"{"policy": 1}"#] {
            #expect(throws: FieldProblem.self) { try ServiceSecrets(text) }
        }
    }
}
