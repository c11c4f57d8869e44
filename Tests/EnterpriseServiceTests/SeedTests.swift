import EnterpriseContracts
import Messaging
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import EnterpriseService

@Suite("Enterprise: states from the tables", .serialized)
struct SeedTests {
    @Test("rule 11 the states of enterprises are seeded as they were published, page by page")
    func seeds() async throws {
        let bench = try await ServiceBench.enterprise()
        try await bench.stage { stage in
            let rows = try (1...5).map { try Row($0) }
            _ = try await stage.load(Row.file(rows))
            _ = try await stage.load(Row.file([rows[0].with { $0.name = "新名称公司" }]))
            let source = try EnterpriseApp.build(stage.handle.runtime).states[0]
            try await expectSeedsAsPublished(source, of: stage.handle, schema: "enterprise")
        }
    }
}
