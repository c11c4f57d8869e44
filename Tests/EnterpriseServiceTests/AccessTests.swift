import EnterpriseContracts
import GRPCCore
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import EnterpriseService

@Suite("Access (XCT-10)")
struct AccessTests {
    @Test("without a token every call is refused, and without a role every call but the claim is denied")
    func denied() async throws {
        try await ServiceBench.enterprise().stage { stage in
            let nobody = try await stage.bench.metadata(stage.bench.directory.staff("nobody", roles: []))
            let (library, options) = (stage.library, stage.options)
            typealias Call = @Sendable (Metadata) async throws -> Void
            let calls: [String: Call] = [
                "LoadEnterprises": { metadata in
                    _ = try await library.loadEnterprises(metadata: metadata, options: options) { writer in
                        try await writer.write(.with { $0.header = .with { ($0.loadID, $0.source) = ("1", "s") } })
                    }
                },
                "ListLoadErrors": { _ = try await library.listLoadErrors(.init(), metadata: $0, options: options) },
                "GetEnterprise": { _ = try await library.getEnterprise(.init(), metadata: $0, options: options) },
                "ListEnterprises": { _ = try await library.listEnterprises(.init(), metadata: $0, options: options) },
                "RecordAttributes": { _ = try await library.recordAttributes(.init(), metadata: $0, options: options) },
                "GetAttributes": { _ = try await library.getAttributes(.init(), metadata: $0, options: options) },
                "SetListMembership": {
                    _ = try await library.setListMembership(.init(), metadata: $0, options: options)
                },
                "ChooseTags": { _ = try await library.chooseTags(.init(), metadata: $0, options: options) },
                "SubmitClaim": { _ = try await library.submitClaim(.init(), metadata: $0, options: options) },
                "ExplainPoint": { _ = try await library.explainPoint(.init(), metadata: $0, options: options) },
                "ListMatches": { _ = try await library.listMatches(.init(), metadata: $0, options: options) },
                "PreviewAudience": { _ = try await library.previewAudience(.init(), metadata: $0, options: options) },
                "GetAudience": { _ = try await library.getAudience(.init(), metadata: $0, options: options) },
                "ListAudienceMembers": {
                    _ = try await library.listAudienceMembers(.init(), metadata: $0, options: options)
                },
            ]
            #expect(Set(calls.keys) == Set(EnterpriseApp.definition.access.rules.keys))
            for (name, call) in calls.sorted(by: { $0.key < $1.key }) {
                #expect(try await code { try await call([:]) } == .unauthenticated, "\(name)")
                #expect(try await code { try await call(nobody) } == .permissionDenied, "\(name)")
            }
        }
    }
}
