import DirectoryContracts
import EnterpriseContracts
import Foundation
import Messaging
import Postgres
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import DirectoryService

@Suite("Several replicas, upkeep and start of the directory", .serialized)
struct ReplicaTests {
    @Test("XCT-15: a second replica makes nothing twice; names whose day has come are announced once")
    func replicas() async throws {
        try await DirectoryBench.run { bench in
            let second = try await ServiceHandle.start(DirectoryApp.self, bench.configuration)
            try await eventually(within: .seconds(60)) {
                second.isServing && second.runtime.trust.isLoaded
            } is: {
                $0
            }
            let admin = try await bench.administrator()
            try await bench.moveClock(to: "2020-04-20T01:00:00Z")
            try await bench.makePlaces(admin)
            _ = try await bench.client.renameUnit(
                .with {
                    $0.requestID = "rename"
                    $0.unitID = "economy-bureau"
                    $0.version = 1
                    $0.name = "市工信局"
                    $0.from = date(2020, 4, 21)
                }, metadata: admin, options: bench.options)
            try await bench.moveClock(to: "2020-04-21T01:00:00Z")
            try await eventually {
                try await bench.count("SELECT seq AS n FROM directory.unit WHERE id = 'economy-bureau'")
            } is: {
                $0 == 2
            }
            #expect(try await bench.count("SELECT count(*) AS n FROM directory.account WHERE kind = 'staff'") == 1)
            #expect(try await bench.count("SELECT count(*) AS n FROM directory.key_set") == 1)
            let states = try await bench.count(
                "SELECT count(*) AS n FROM directory.journal WHERE type = 'zhitongche.directory.v1.RoleState'")
            let roles = try await bench.count("SELECT count(*) AS n FROM directory.role")
            #expect(states == roles && roles > 12)
            // A verified claim binds once, whichever replica has it, however often it is delivered.
            var accounts: [String] = []
            for phone in ["13805382011", "13805382012", "13805382013"] {
                let registration = try await bench.client.startRegistration(
                    .with {
                        $0.requestID = newID()
                        $0.phone = phone
                        $0.password = "Enterprise-2020"
                        $0.displayName = "李经理"
                    }, options: bench.options)
                let code = try #require(bench.postOffice.letters(to: phone).last?.code)
                let account = try await bench.client.confirmRegistration(
                    .with {
                        $0.requestID = newID()
                        $0.registrationID = registration.registrationID
                        $0.code = code
                    }, options: bench.options
                ).account
                accounts.append(account.accountID)
            }
            for account in accounts {
                let (claim, event, enterprise) = (newID(), newID(), newID())
                for _ in 0..<2 {
                    try await bench.publish(
                        Zhitongche_Enterprise_V1_ClaimVerified.with {
                            ($0.claimID, $0.enterpriseID, $0.accountID) = (claim, enterprise, account)
                        }, topic: .events("enterprise", "claim"), key: claim, seq: 1, id: event)
                }
            }
            try await eventually {
                try await bench.count("SELECT count(*) AS n FROM directory.account_enterprise")
            } is: {
                $0 == accounts.count
            }
            for account in accounts {
                let told = try await bench.count(
                    """
                    SELECT count(*) AS n FROM directory.journal
                    WHERE type = 'zhitongche.directory.v1.AccountState' AND key = \(account)
                    """)
                #expect(told == 2, "one state of the registration and one of the binding")
            }
            #expect(try await bench.count("SELECT count(*) AS n FROM directory.dead_letter") == 0)
            try await second.stop()
        }
    }

    @Test("DIR-5: upkeep deletes what can have no effect any more, and nothing else")
    func forgetting() async throws {
        try await DirectoryBench.run { bench in
            _ = try await bench.client.startRegistration(
                .with {
                    $0.requestID = "start"
                    $0.phone = "13805382001"
                    $0.password = "Enterprise-2020"
                    $0.displayName = "李经理"
                }, options: bench.options)
            _ = try await bench.administrator()
            _ = try await problem { try await bench.login("nobody", "Wrong-Password-1") }
            func rows() async throws -> [Int] {
                var counts: [Int] = []
                for table in ["account", "one_time_code", "login_guard", "session", "refresh_token", "signing_key"] {
                    counts.append(try await bench.count("SELECT count(*) AS n FROM directory.\(identifier: table)"))
                }
                return counts
            }
            func forget(_ limit: Instant) async throws {
                try await bench.handle.runtime.database.transaction { tx in
                    try AccountRepository.forgetPending(before: limit, tx)
                    try OneTimeCodeRepository.forget(before: limit, tx)
                    try LoginGuardRepository.forget(before: limit, tx)
                    try SessionRepository.forget(openedBefore: limit, tx)
                    try SigningKeyRepository.forget(acceptedBefore: limit, tx)
                }
            }
            let before = try await rows()
            #expect(before == [5, 1, 2, 1, 1, 1])
            // Failures are forgotten by the worker as soon as a lock would be open again, for whatever login.
            _ = try await bench.change(
                "UPDATE directory.login_guard SET changed_at = changed_at - interval '16 minutes' WHERE failures > 0")
            bench.handle.runtime.wakeWorkers()
            try await eventually {
                try await bench.count("SELECT count(*) AS n FROM directory.login_guard")
            } is: {
                $0 == 1
            }
            _ = try await problem { try await bench.login("nobody", "Wrong-Password-1") }
            try await forget(.now - .seconds(3_600))
            #expect(try await rows() == before)
            try await forget(.now + .seconds(3_600))
            #expect(try await rows() == [4, 0, 0, 0, 0, 1], "confirmed accounts and keys in use stay")
        }
    }

    @Test("DIR-6: a private root key that does not belong to the public one keeps the service from starting")
    func rootKeys() async throws {
        let environment = [
            "ZTC_DIRECTORY_DATABASE_URL": "postgresql://nobody:nothing@127.0.0.1:1/none",
            "ZTC_ROOT_PUBLIC_KEY": Data(Secret.random(count: 32)).base64EncodedString(),
            "ZTC_DIRECTORY_ROOT_PRIVATE_KEY": Data(Secret.random(count: 32)).base64EncodedString(),
            "ZTC_DIRECTORY_DATA_KEY": Data(Secret.random(count: 32)).base64EncodedString(),
        ]
        let configuration = try ServiceConfiguration(DirectoryApp.definition, environment: environment)
        for key in ["ROOT_PRIVATE_KEY", "DATA_KEY"] {
            let secret = try #require(environment["ZTC_DIRECTORY_\(key)"])
            #expect(!configuration.description.contains(secret), "settings show masked")
        }
        await #expect(throws: WrongRootKey.self) {
            _ = try await ServiceHandle.start(DirectoryApp.self, configuration)
        }
    }
}
