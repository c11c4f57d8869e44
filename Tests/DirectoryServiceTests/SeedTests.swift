import DirectoryContracts
import ServiceRuntime
import ServiceTestSupport
import Testing

@testable import DirectoryService

@Suite("Directory: states from the tables", .serialized)
struct SeedTests {
    @Test("DIR-7, rule 11 regions, units, roles, accounts and the key set are seeded as published, page by page")
    func seeds() async throws {
        try await DirectoryBench.run { bench in
            let admin = try await bench.administrator()
            try await bench.makePlaces(admin)
            for number in 1...3 { try await bench.makeUnit("bureau-\(number)", name: "第\(number)局", admin) }
            _ = try await bench.makeStaff("first", roles: ["handler"], admin)
            let second = try await bench.makeStaff("second", roles: ["reviewer"], admin).account
            _ = try await bench.client.setAccountStatus(
                .with {
                    $0.requestID = newID()
                    $0.accountID = second.accountID
                    $0.version = second.version
                    $0.status = .disabled
                }, metadata: admin, options: bench.options)
            for source in DirectoryStates.sources {
                try await expectSeedsAsPublished(source, of: bench.handle, schema: "directory")
            }
        }
    }
}
