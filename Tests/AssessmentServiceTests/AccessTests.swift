import AssessmentContracts
import GRPCCore
import Messaging
import ServiceRuntime
import ServiceTestSupport
import Testing

@testable import AssessmentService

@Suite("Assessment: who may make which call", .serialized)
struct AccessTests {
    /// Calls that need an action, with the people who hold it in some scope.
    static let admitted: [String: Set<Person>] = [
        "ChangeTier": [.assessor], "SetIndicator": [.assessor], "DraftTargets": [.drafter, .far],
        "EditTargets": [.drafter, .far], "AcknowledgeMismatches": [.drafter, .far], "SubmitTargets": [.drafter, .far],
        "ReviseTargets": [.drafter, .far], "ReviewTargets": [.assessor], "ReturnTargets": [.assessor, .leader],
        "ApproveTargets": [.leader], "ReportValue": [.drafter, .far], "ReviseValue": [.drafter, .far],
        "VerifyValue": [.verifier], "ReopenValue": [.verifier], "GetValue": [.drafter, .far, .verifier, .assessor],
        "ListValues": [.drafter, .far, .verifier, .assessor],
        "GetDerivedValue": [.drafter, .far, .verifier, .assessor], "DraftScheme": [.assessor],
        "EditScheme": [.assessor],
        "ReviseScheme": [.assessor], "PublishScheme": [.leader], "TryScheme": [.assessor], "ComputeResult": [.assessor],
        "DiscardResult": [.assessor], "RecomputeResult": [.assessor], "PublishResult": [.leader],
        "TraceScore": [.drafter, .far, .assessor], "GetConsumedEvent": [.drafter, .far, .assessor],
        "SetAwardRules": [.assessor], "ProposeAwards": [.assessor], "ListAwards": [.assessor, .leader],
    ]

    @Test("XCT-10 every call admits exactly those whose roles allow it; enterprises are admitted to none")
    func everyCall() async throws {
        let bench = try await ServiceBench.assessment()
        try await bench.office { office in
            for method in AssessmentApp.access.rules.keys.sorted() {
                let staff = Set(Person.allCases).subtracting([.enterprise])
                for person in Person.allCases {
                    let metadata = try await office.metadata(person)
                    let descriptor = MethodDescriptor(
                        fullyQualifiedService: "zhitongche.assessment.v1.AssessmentService", method: method)
                    // An empty message is an empty request of every call.
                    let refusal = try await problem {
                        try await office.client.unary(
                            request: ClientRequest(message: [UInt8](), metadata: metadata), descriptor: descriptor,
                            serializer: Bytes(), deserializer: Bytes(), options: office.options
                        ) { try $0.message }
                    }
                    let mayCall = (Self.admitted[method] ?? staff).contains(person)
                    #expect((refusal?.reason == .actionDenied) == !mayCall, "\(method) by \(person)")
                }
            }
        }
    }
}

/// Bytes as they are, for calls whose messages do not matter.
private struct Bytes: MessageSerializer, MessageDeserializer {
    func serialize<Content: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Content { Content(message) }

    func deserialize<Content: GRPCContiguousBytes>(_ bytes: Content) throws -> [UInt8] {
        bytes.withUnsafeBytes { Array($0) }
    }
}
