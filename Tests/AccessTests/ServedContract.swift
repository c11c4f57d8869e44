import GRPCCore
import GRPCNIOTransportHTTP2
import GrpcContracts
import SwiftProtobuf
import TestSupport

/// What a running service says about itself by server reflection: its calls and their messages.
struct ServedContract: Sendable {
    /// One call.
    struct Method: Sendable, Hashable {
        let service: String
        let name: String
        /// Full name of the request message.
        let input: String
        /// Full name of the message that it answers with.
        let output: String
        /// Whether the client sends a stream of them.
        let isClientStreaming: Bool
    }

    /// Every call that is not the platform's own.
    let methods: [Method]
    /// Message descriptors by full name.
    let messages: [String: Google_Protobuf_DescriptorProto]
    /// The numbers of enumerations by full name.
    let enumerations: [String: [Int32]]
    /// The number of each word of an enumeration, by the enumeration's full name.
    let words: [String: [String: Int32]]

    /// Asks a service.
    static func read(
        _ client: GRPCClient<HTTP2ClientTransport.Posix>, options: CallOptions
    ) async throws -> ServedContract {
        let reflection = Grpc_Reflection_V1_ServerReflection.Client(wrapping: client)
        func ask(
            _ question: Grpc_Reflection_V1_ServerReflectionRequest
        ) async throws -> Grpc_Reflection_V1_ServerReflectionResponse {
            try await reflection.serverReflectionInfo(options: options) { writer in
                try await writer.write(question)
            } onResponse: { response in
                for try await answer in response.messages { return answer }
                throw NotReached(description: "reflection answered nothing")
            }
        }
        let services = try await ask(.with { $0.listServices = "" }).listServicesResponse.service.map(\.name)
            .filter { !$0.hasPrefix("grpc.") }
        var files: [String: Google_Protobuf_FileDescriptorProto] = [:]
        for service in services {
            for bytes in try await ask(.with { $0.fileContainingSymbol = service }).fileDescriptorResponse
                .fileDescriptorProto
            {
                let file = try Google_Protobuf_FileDescriptorProto(serializedBytes: bytes)
                files[file.name] = file
            }
        }
        return ServedContract(Array(files.values), services: Set(services))
    }

    private init(_ files: [Google_Protobuf_FileDescriptorProto], services: Set<String>) {
        var methods: [Method] = []
        var messages: [String: Google_Protobuf_DescriptorProto] = [:]
        var enumerations: [String: [Int32]] = [:]
        var words: [String: [String: Int32]] = [:]
        func add(_ listing: Google_Protobuf_EnumDescriptorProto, in scope: String) {
            enumerations["\(scope).\(listing.name)"] = listing.value.map(\.number)
            words["\(scope).\(listing.name)"] = Dictionary(
                listing.value.map { ($0.name, $0.number) }, uniquingKeysWith: { first, _ in first })
        }
        func add(_ message: Google_Protobuf_DescriptorProto, in scope: String) {
            let name = "\(scope).\(message.name)"
            messages[name] = message
            for nested in message.nestedType { add(nested, in: name) }
            for nested in message.enumType { add(nested, in: name) }
        }
        for file in files {
            for message in file.messageType { add(message, in: file.package) }
            for each in file.enumType { add(each, in: file.package) }
            for service in file.service where services.contains("\(file.package).\(service.name)") {
                methods += service.method.map {
                    Method(
                        service: "\(file.package).\(service.name)", name: $0.name,
                        input: String($0.inputType.dropFirst()), output: String($0.outputType.dropFirst()),
                        isClientStreaming: $0.clientStreaming)
                }
            }
        }
        self.methods = methods.sorted { ($0.service, $0.name) < ($1.service, $1.name) }
        self.messages = messages
        self.enumerations = enumerations
        self.words = words
    }
}
