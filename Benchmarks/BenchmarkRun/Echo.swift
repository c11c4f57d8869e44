import ArgumentParser
import DirectoryContracts
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import GRPCProtobuf

/// A server that does nothing: the floor of a call. Transport settings are those of `CallServer`, messages those of the
/// command that is measured, so that what differs is the service alone.
struct EchoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "echo", abstract: "Serves the measured calls without doing anything, until it is ended.")

    @Option(help: "Port; 0 takes a free one.")
    var port = 0

    func run() async throws {
        let transport = HTTP2ServerTransport.Posix(
            address: .ipv4(host: "127.0.0.1", port: port), transportSecurity: .plaintext,
            config: .defaults { config in
                config.http2.maxConcurrentStreams = 256
                config.rpc.maxRequestPayloadSize = 4 * 1_024 * 1_024
            })
        let server = GRPCServer(transport: transport, services: [EchoService()])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.serve() }
            group.addTask {
                let port = try await transport.listeningAddress.ipv4?.port ?? 0
                // Whoever started this reads the line from a pipe.
                print("port \(port)")
                fflush(nil)
            }
            try await group.waitForAll()
        }
    }
}

/// The measured method and its two messages, served by the echo under the service's own name.
enum MeasuredCall {
    static let method = Zhitongche_Directory_V1_DirectoryService.Method.SetRegion.descriptor
    typealias Request = Zhitongche_Directory_V1_SetRegionRequest
    typealias Answer = Zhitongche_Directory_V1_SetRegionResponse
}

private struct EchoService: RegistrableRPCService {
    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: MeasuredCall.method, deserializer: ProtobufDeserializer<MeasuredCall.Request>(),
            serializer: ProtobufSerializer<MeasuredCall.Answer>()
        ) { request, _ in
            let single = try await ServerRequest(stream: request)
            return StreamingServerResponse(
                single: ServerResponse(message: MeasuredCall.Answer.with { $0.region = single.message.region }))
        }
    }
}
