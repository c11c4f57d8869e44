import Foundation
import Testing

@testable import ServiceRuntime

@Suite("Who may make which call (XCT-10)")
struct AccessTableTests {
    @Test("XCT-10: docs/access.md is the table of the services' rules and the directory's roles as they are")
    func fresh() async throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/access.md")
        let table = AccessReport(
            services: Installation.definitions, roles: try await Installation.seededRoles()
        ).markdown
        if ProcessInfo.processInfo.environment["ZTC_WRITE_ACCESS"] != nil {
            try table.write(to: file, atomically: true, encoding: .utf8)
        }
        let kept = try String(contentsOf: file, encoding: .utf8)
        let differing = table.split(separator: "\n").filter { !kept.contains($0) }
        #expect(kept == table, "a call or a role changed: write the table anew; differing lines: \(differing)")
    }
}
