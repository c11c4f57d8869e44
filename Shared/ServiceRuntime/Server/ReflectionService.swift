import Foundation
import GRPCCore
import GrpcContracts
import SwiftProtobuf

/// gRPC server reflection, version 1, from the contract's descriptors.
struct ReflectionService: Grpc_Reflection_V1_ServerReflection.SimpleServiceProtocol {
    let pool: DescriptorPool
    let services: [String]

    func serverReflectionInfo(
        request: RPCAsyncSequence<Grpc_Reflection_V1_ServerReflectionRequest, any Error>,
        response: RPCWriter<Grpc_Reflection_V1_ServerReflectionResponse>, context: ServerContext
    ) async throws {
        for try await question in request { try await response.write(answer(question)) }
    }

    /// One question's answer; the error answers carry gRPC codes, as the protocol asks.
    func answer(
        _ question: Grpc_Reflection_V1_ServerReflectionRequest
    ) -> Grpc_Reflection_V1_ServerReflectionResponse {
        .with { answer in
            answer.validHost = question.host
            answer.originalRequest = question
            switch question.messageRequest {
            case .listServices:
                answer.listServicesResponse = .with {
                    $0.service = services.map { name in .with { $0.name = name } }
                }
            case .fileByFilename(let name):
                fill(&answer, pool.file(named: name), "no file \(name.prefix(200))")
            case .fileContainingSymbol(let symbol):
                fill(&answer, pool.file(containing: symbol), "no symbol \(symbol.prefix(200))")
            case .fileContainingExtension, .allExtensionNumbersOfType:
                answer.errorResponse = Self.error(.notFound, "the contract has no extensions")
            case nil:
                answer.errorResponse = Self.error(.invalidArgument, "the question is empty")
            }
        }
    }

    private func fill(
        _ answer: inout Grpc_Reflection_V1_ServerReflectionResponse, _ files: [Data]?, _ absence: String
    ) {
        if let files {
            answer.fileDescriptorResponse = .with { $0.fileDescriptorProto = files }
        } else {
            answer.errorResponse = Self.error(.notFound, absence)
        }
    }

    private static func error(_ code: RPCError.Code, _ text: String) -> Grpc_Reflection_V1_ErrorResponse {
        .with {
            $0.errorCode = Int32(code.rawValue)
            $0.errorMessage = text
        }
    }
}

/// The older package of the same protocol, which common clients still speak. Its messages have the same bytes, so each
/// is carried over through its serialised form.
struct ReflectionAlphaService: Grpc_Reflection_V1alpha_ServerReflection.SimpleServiceProtocol {
    let current: ReflectionService

    func serverReflectionInfo(
        request: RPCAsyncSequence<Grpc_Reflection_V1alpha_ServerReflectionRequest, any Error>,
        response: RPCWriter<Grpc_Reflection_V1alpha_ServerReflectionResponse>, context: ServerContext
    ) async throws {
        for try await question in request {
            let bytes: [UInt8] = try question.serializedBytes()
            let answer = current.answer(try Grpc_Reflection_V1_ServerReflectionRequest(serializedBytes: bytes))
            let answerBytes: [UInt8] = try answer.serializedBytes()
            try await response.write(Grpc_Reflection_V1alpha_ServerReflectionResponse(serializedBytes: answerBytes))
        }
    }
}
