import DirectoryContracts
import DirectoryDomain
import EnterpriseContracts
import Messaging
import Postgres
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import DirectoryService

@Suite("ENT-2: registration, codes and binding over the wire", .serialized)
struct RegistrationTests {
    private static let password = "Enterprise-2020"

    private static func start(
        _ bench: DirectoryBench, _ phone: String, request: String = newID()
    ) async throws -> Zhitongche_Directory_V1_StartRegistrationResponse {
        try await bench.client.startRegistration(
            .with {
                $0.requestID = request
                $0.phone = phone
                $0.password = password
                $0.displayName = "李经理"
            }, options: bench.options)
    }

    private static func confirm(
        _ bench: DirectoryBench, _ registration: String, _ code: String, request: String = newID()
    ) async throws -> Zhitongche_Directory_V1_Account {
        try await bench.client.confirmRegistration(
            .with {
                $0.requestID = request
                $0.registrationID = registration
                $0.code = code
            }, options: bench.options
        ).account
    }

    /// A code that is not the right one.
    private static func wrong(_ code: String, _ offset: Int = 1) -> String {
        let digits = String(((Int(code) ?? 0) + offset) % 1_000_000)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    @Test("ENT-2: wrong, guessed, expired and used codes are refused; the right one opens the account")
    func codes() async throws {
        try await DirectoryBench.run { bench in
            // Guessed: five wrong attempts make the right code worthless.
            let guessed = try await Self.start(bench, "13805381001")
            let first = try #require(bench.postOffice.letters(to: "13805381001").last?.code)
            for attempt in 1...5 {
                let refused = try await problem {
                    try await Self.confirm(bench, guessed.registrationID, Self.wrong(first, attempt))
                }
                #expect(refused?.code == .failedPrecondition && refused?.reason == .codeInvalid)
            }
            #expect(
                try await problem { try await Self.confirm(bench, guessed.registrationID, first) }?.reason
                    == .codeInvalid)

            // Guessed by many calls at once: no more than five are compared.
            let raced = try await Self.start(bench, "13805381004")
            let secret = try #require(bench.postOffice.letters(to: "13805381004").last?.code)
            await withTaskGroup(of: Void.self) { group in
                for attempt in 1...12 {
                    group.addTask {
                        _ = try? await Self.confirm(bench, raced.registrationID, Self.wrong(secret, attempt))
                    }
                }
            }
            #expect(
                try await problem { try await Self.confirm(bench, raced.registrationID, secret) }?.reason
                    == .codeInvalid)
            #expect(try await bench.count("SELECT max(failed)::bigint AS n FROM directory.one_time_code") == 5)

            // Expired.
            let expired = try await Self.start(bench, "13805381002")
            let second = try #require(bench.postOffice.letters(to: "13805381002").last?.code)
            _ = try await bench.change(
                """
                UPDATE directory.one_time_code SET expires_at = created_at + interval '1 microsecond'
                WHERE id = \(expired.registrationID)::uuid
                """)
            #expect(
                try await problem { try await Self.confirm(bench, expired.registrationID, second) }?.reason
                    == .codeInvalid)

            // Right, and not for a second use; the same request returns the first answer.
            let good = try await Self.start(bench, "13805381003")
            let third = try #require(bench.postOffice.letters(to: "13805381003").last?.code)
            #expect(
                try await problem { try await Self.confirm(bench, good.registrationID, Self.wrong(third)) }?.reason
                    == .codeInvalid)
            let account = try await Self.confirm(bench, good.registrationID, third, request: "confirm-1")
            #expect(
                account.status == .active && account.roleIds == ["enterprise-user"] && account.enterpriseIds.isEmpty)
            #expect(account.maskedPhone == "*******1003")
            #expect(try await Self.confirm(bench, good.registrationID, third, request: "confirm-1") == account)
            #expect(
                try await problem { try await Self.confirm(bench, good.registrationID, third) }?.reason == .codeInvalid)
            #expect(try await bench.login("13805381003", Self.password).account == account)
            #expect(try await problem { try await Self.confirm(bench, newID(), third) }?.reason == .codeInvalid)
            #expect(
                try await problem { try await Self.confirm(bench, good.registrationID, "12345") }?.violations.first?
                    .field
                    == "code")

            // The phone has an account now: starting is answered alike, confirming tells its holder.
            let second2 = try await Self.start(bench, "13805381003")
            let fourth = try #require(bench.postOffice.letters(to: "13805381003").last?.code)
            #expect(
                try await problem { try await Self.confirm(bench, second2.registrationID, fourth) }?.code
                    == .alreadyExists)
            let states = try await eventually {
                try await bench.published(
                    Zhitongche_Directory_V1_AccountState.self, on: DirectoryEvents.accountStates
                ).filter { $0.message.kind == .enterprise }
            } is: {
                !$0.isEmpty
            }
            #expect(states.map(\.message.accountID) == [account.accountID], "pending accounts are not published")
        }
    }

    @Test(
        "ENT-2: a verified claim binds account and enterprise once; sessions switch by refresh; refused claims pass by")
    func claims() async throws {
        try await DirectoryBench.run { bench in
            let registration = try await Self.start(bench, "13805381005")
            let code = try #require(bench.postOffice.letters(to: "13805381005").last?.code)
            let account = try await Self.confirm(bench, registration.registrationID, code)
            let topic = Topic.events("enterprise", "claim")
            var session = try await bench.login("13805381005", Self.password).session
            func whoAmI() async throws -> String {
                try await bench.client.whoAmI(
                    .init(), metadata: bench.bearer(session.accessToken), options: bench.options
                ).enterpriseID
            }
            #expect(try await whoAmI().isEmpty)
            func verify(_ enterprise: String, event: String = newID(), account: String) async throws {
                let claim = newID()
                try await bench.publish(
                    Zhitongche_Enterprise_V1_ClaimVerified.with {
                        $0.claimID = claim
                        $0.enterpriseID = enterprise
                        $0.accountID = account
                    }, topic: topic, key: claim, seq: 1, id: event)
            }
            func bound() async throws -> [String] {
                try await bench.client.getAccount(
                    .with { $0.accountID = account.accountID }, metadata: bench.bearer(session.accessToken),
                    options: bench.options
                ).account.enterpriseIds
            }
            let (one, two) = (newID(), newID())
            try await bench.publish(
                Zhitongche_Enterprise_V1_ClaimRefused.with { $0.accountID = account.accountID }, topic: topic,
                key: "refused", seq: 1)
            try await verify(one, event: "claim-event-1", account: account.accountID)
            try await eventually(bound) { $0 == [one] }
            session = try await bench.client.refreshSession(
                .with { $0.refreshToken = session.refreshToken }, options: bench.options
            ).session
            #expect(try await whoAmI() == one, "the only enterprise is taken")
            try await verify(newID(), account: newID())
            try await verify(two, account: account.accountID)
            try await eventually(bound) { $0 == [one, two] }
            session = try await bench.client.refreshSession(
                .with { $0.refreshToken = session.refreshToken }, options: bench.options
            ).session
            #expect(try await whoAmI() == one, "the present enterprise is kept")
            let refresh = session.refreshToken
            let foreign = try await problem {
                try await bench.client.refreshSession(
                    .with {
                        $0.refreshToken = refresh
                        $0.enterpriseID = newID()
                    }, options: bench.options)
            }
            #expect(foreign?.reason == .scopeDenied)
            session = try await bench.client.refreshSession(
                .with {
                    $0.refreshToken = refresh
                    $0.enterpriseID = two
                }, options: bench.options
            ).session
            #expect(try await whoAmI() == two)
            let states = try await eventually {
                try await bench.published(
                    Zhitongche_Directory_V1_AccountState.self, on: DirectoryEvents.accountStates
                ).filter { $0.message.accountID == account.accountID }
            } is: {
                $0.count == 3
            }
            #expect(states.last?.message.enterpriseIds == [one, two])
            let letters = try await eventually {
                try await bench.count("SELECT count(*) AS n FROM directory.dead_letter")
            } is: {
                $0 == 1
            }
            #expect(letters == 1, "only the claim of an unknown account is a dead letter")
        }
    }

    @Test("DIR-5: login by code; unknown phones are answered alike and get nothing")
    func loginCodes() async throws {
        try await DirectoryBench.run { bench in
            let registration = try await Self.start(bench, "13805381006")
            _ = try await Self.confirm(
                bench, registration.registrationID,
                try #require(bench.postOffice.letters(to: "13805381006").last?.code))
            func send(_ phone: String, request: String = newID()) async throws
                -> Zhitongche_Directory_V1_SendLoginCodeResponse
            {
                try await bench.client.sendLoginCode(
                    .with {
                        $0.requestID = request
                        $0.phone = phone
                    }, options: bench.options)
            }
            func login(_ phone: String, _ code: String) async throws -> Zhitongche_Directory_V1_LoginResponse {
                try await bench.client.login(
                    .with {
                        $0.login = phone
                        $0.code = code
                    }, options: bench.options)
            }
            let answer = try await send("13805381006", request: "send-1")
            #expect(try await send("13805381006", request: "send-1") == answer)
            let letters = try await eventually {
                bench.postOffice.letters(to: "13805381006")
            } is: {
                $0.count == 2
            }
            let code = letters[1].code
            #expect(
                try await problem { try await login("13805381006", Self.wrong(code)) }?.reason == .wrongCredentials)
            _ = try await login("13805381006", code)
            #expect(try await problem { try await login("13805381006", code) }?.reason == .wrongCredentials)

            // A newer code makes the older one worthless.
            _ = try await send("13805381006")
            let older = try await eventually {
                bench.postOffice.letters(to: "13805381006")
            } is: {
                $0.count == 3
            }[2].code
            _ = try await send("13805381006")
            let newer = try await eventually {
                bench.postOffice.letters(to: "13805381006")
            } is: {
                $0.count == 4
            }[3].code
            #expect(try await problem { try await login("13805381006", older) }?.reason == .wrongCredentials)
            _ = try await login("13805381006", newer)

            // Somebody unknown: the same answer, the same limits, no letter.
            for _ in 0..<5 { #expect(try await send("13805389999").hasCodeExpiresAt) }
            #expect(try await problem { try await send("13805389999") }?.code == .resourceExhausted)
            _ = try await send("13805381006")
            #expect(try await problem { try await send("13805381006") }?.code == .resourceExhausted)
            let unknown = try await problem { try await login("13805389999", "123456") }
            #expect(unknown?.reason == .wrongCredentials)
            #expect(bench.postOffice.letters(to: "13805389999").isEmpty)

            // Made-up logins leave no counter each; a lock holds for codes as well, of known and unknown phones.
            let counters = try await bench.count("SELECT count(*) AS n FROM directory.login_guard")
            for number in 0..<8 {
                let phone = "1380538800\(number)"
                #expect(try await problem { try await login(phone, "123456") }?.reason == .wrongCredentials)
            }
            #expect(try await problem { try await login("nobody", "123456") }?.reason == .wrongCredentials)
            #expect(try await bench.count("SELECT count(*) AS n FROM directory.login_guard") == counters)
            for phone in ["13805381006", "13805389999"] {
                for _ in 0..<5 {
                    #expect(
                        try await problem { try await bench.login(phone, "Wrong-Password-1") }?.reason
                            == .wrongCredentials)
                }
                #expect(try await problem { try await login(phone, "123456") }?.reason == .accountLocked, "\(phone)")
            }

            // Codes travel under the directory's own token.
            let token = try #require(bench.postOffice.tokens.last)
            let verifier = TokenVerifier(trust: bench.handle.runtime.trust)
            #expect(try verifier.caller(try await verifier.verify(token)).serviceName == "directory")
        }
    }

    @Test("ENT-2: sending is limited; guesses count over all codes of a phone; a repeated request sends the same code")
    func limits() async throws {
        try await DirectoryBench.run(["ZTC_DIRECTORY_CODE_PAUSE": "60"]) { bench in
            bench.postOffice.setClosed(true)
            let failed = try await problem { try await Self.start(bench, "13805381007", request: "start-1") }
            #expect(failed?.code == .unavailable)
            bench.postOffice.setClosed(false)
            let answer = try await Self.start(bench, "13805381007", request: "start-1")
            _ = try await Self.start(bench, "13805381007", request: "start-1")
            let letters = bench.postOffice.letters(to: "13805381007")
            #expect(letters.count == 2 && Set(letters.map(\.code)).count == 1)
            #expect(Set(letters.map(\.requestID)) == [answer.registrationID], "the provider recognises the repetition")
            let soon = try await problem { try await Self.start(bench, "13805381007") }
            #expect(soon?.code == .resourceExhausted)

            // Twenty wrong guesses in a day, over several codes.
            for number in 1...4 {
                let inserted = try await bench.change(
                    """
                    INSERT INTO directory.one_time_code
                        (id, purpose, phone_index, account_id, code_hash, failed, created_at, expires_at)
                    SELECT gen_random_uuid(), purpose, phone_index, account_id, code_hash, 5,
                        created_at - interval '2 hours' * \(Double(number)),
                        expires_at - interval '2 hours' * \(Double(number))
                    FROM directory.one_time_code WHERE id = \(answer.registrationID)::uuid
                    """)
                #expect(inserted == 1)
            }
            let barred = try await problem {
                try await Self.confirm(bench, answer.registrationID, letters[0].code)
            }
            #expect(barred?.reason == .codeInvalid, "even the right code")

            let weak = try await problem {
                try await bench.client.startRegistration(
                    .with {
                        $0.requestID = newID()
                        $0.phone = "13805381008"
                        $0.password = "13805381008Aa!"
                        $0.displayName = "李经理"
                    }, options: bench.options)
            }
            #expect(weak?.violations.first?.field == "password")
        }
    }

    @Test("XCT-11: passwords, phones and codes are nowhere in the database as they are")
    func secrecy() async throws {
        try await DirectoryBench.run { bench in
            let registration = try await Self.start(bench, "13805381009")
            let code = try #require(bench.postOffice.letters(to: "13805381009").last?.code)
            _ = try await Self.confirm(bench, registration.registrationID, code)
            let session = try await bench.login("13805381009", Self.password).session
            let token = try await bench.client.issueServiceToken(
                .with {
                    $0.service = "policy"
                    $0.secret = DirectoryBench.policySecret
                }, options: bench.options
            ).accessToken
            let rows = try await bench.administration.transaction { tx in
                let tables = try tx.query(
                    """
                    SELECT table_name::text AS name FROM information_schema.tables
                    WHERE table_schema = 'directory' AND table_type = 'BASE TABLE'
                    """
                ) { try $0.get("name", as: String.self) }
                return try tables.flatMap { table in
                    try tx.query("SELECT row_to_json(t)::text AS row FROM directory.\(identifier: table) AS t") {
                        try $0.get("row", as: String.self)
                    }
                }
            }
            #expect(rows.count > 30)
            let text = rows.joined(separator: "\n")
            let secrets = [
                Self.password, "13805381009", DirectoryBench.policySecret, DirectoryBench.administratorPassword,
                session.refreshToken, session.accessToken, token, Base32.encode(bench.totpSecret),
            ]
            for secret in secrets {
                #expect(!text.contains(secret))
                #expect(!text.contains(Secret.hexadecimal(Array(secret.utf8))))
                #expect(!text.contains(Secret.hexadecimal(Secret.digest(secret))) || secret == session.refreshToken)
            }
            #expect(!text.contains(Secret.hexadecimal(bench.totpSecret)))
            #expect(!text.contains("\"\(code)\""))
        }
    }

    @Test("XCT-12: codes are limited by the address that asks for them, over all phones; a repetition counts once")
    func addressLimit() async throws {
        try await DirectoryBench.run(["ZTC_DIRECTORY_CODE_ADDRESS_LIMIT": "3"]) { bench in
            let repeated = newID()
            for _ in 1...2 { _ = try await Self.start(bench, "13805380001", request: repeated) }
            _ = try await Self.start(bench, "13805380002")
            func loginCode(_ phone: String) async throws -> Problem? {
                try await problem {
                    try await bench.client.sendLoginCode(
                        .with {
                            $0.requestID = newID()
                            $0.phone = phone
                        }, options: bench.options)
                }
            }
            #expect(try await loginCode("13805380003") == nil)
            #expect(try await loginCode("13805380004")?.code == .resourceExhausted)
            #expect(try await problem { try await Self.start(bench, "13805380005") }?.code == .resourceExhausted)
            #expect(bench.postOffice.letters(to: "13805380005").isEmpty)
            // An hour later the address may ask again.
            #expect(
                try await bench.change(
                    """
                    UPDATE directory.one_time_code SET created_at = created_at - interval '1 hour',
                        expires_at = expires_at - interval '1 hour'
                    """) == 3)
            #expect(try await loginCode("13805380004") == nil)
        }
    }
}
