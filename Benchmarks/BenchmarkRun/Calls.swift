import ArgumentParser
import DirectoryContracts
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import GRPCProtobuf

/// Where a service or the echo answers, and as whom it is called.
struct Target: ParsableArguments {
    @Option(help: "host:port")
    var target: String

    @Option(help: "Token of the caller.")
    var token = ""

    var metadata: Metadata {
        var metadata: Metadata = ["accept-language": "zh-CN"]
        if !token.isEmpty { metadata.addString("Bearer \(token)", forKey: "authorization") }
        return metadata
    }

    /// One connection for the length of the body.
    func connected<T: Sendable>(
        _ body: (GRPCClient<HTTP2ClientTransport.Posix>) async throws -> T
    ) async throws -> T {
        let parts = target.split(separator: ":")
        guard parts.count == 2, let port = Int(parts[1]) else { throw Failure("\(target) is not host:port") }
        let client = GRPCClient(
            transport: try HTTP2ClientTransport.Posix(
                target: .ipv4(address: String(parts[0]), port: port), transportSecurity: .plaintext))
        let connections = Task { try await client.runConnections() }
        let result: Result<T, any Error>
        do { result = .success(try await body(client)) } catch { result = .failure(error) }
        client.beginGracefulShutdown()
        try await connections.value
        return try result.get()
    }
}

/// Renames towns, so many calls in flight: each call claims its request identifier, changes one row, writes one event
/// with its pending row and one audit row, and keeps its answer.
struct CallsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calls", abstract: "Calls SetRegion for a while and prints rate and times.")

    /// Towns below the county that are renamed in turn; a code has three digits for them.
    static let towns = 896

    @OptionGroup var target: Target

    @Option(help: "Calls in flight.")
    var inFlight = 16

    @Option(help: "How long, in seconds.")
    var seconds = 5.0

    @Option(help: "Calls per second over all; 0 is as many as possible.")
    var rate = 0.0

    @Option(help: "The county whose towns are renamed; the directory must know it.")
    var county = "370902"

    @Flag(help: "Renames every town once instead, so that all of them exist.")
    var each = false

    func run() async throws {
        let began = ContinuousClock.now
        let end = began + .seconds(seconds)
        let options = {
            var options = CallOptions.defaults; options.timeout = .seconds(20); return options
        }()
        let metadata = target.metadata
        let run = UInt32.random(in: 0 ... .max)
        let (inFlight, rate, county, each) = (inFlight, rate, county, each)
        let times = try await target.connected { client in
            try await withThrowingTaskGroup(of: Times.self) { group in
                for lane in 0..<inFlight {
                    group.addTask {
                        var times = Times()
                        // No two calls in flight rename the same town.
                        var number = lane
                        while each ? number < Self.towns : ContinuousClock.now < end {
                            if rate > 0 {
                                let due = began + .seconds(Double(number) / rate)
                                if due > end { break }
                                try await Task.sleep(until: due, tolerance: .zero)
                            }
                            let request = MeasuredCall.Request.with {
                                $0.requestID = UUID().uuidString.lowercased()
                                let town = String(number % Self.towns + 1)
                                $0.region.code = county + String(repeating: "0", count: 3 - town.count) + town
                                $0.region.name = "测试镇\(run % 100_000)-\(number)"
                                $0.region.parent = county
                            }
                            let start = ContinuousClock.now
                            try await client.unary(
                                request: ClientRequest(message: request, metadata: metadata),
                                descriptor: MeasuredCall.method, serializer: ProtobufSerializer<MeasuredCall.Request>(),
                                deserializer: ProtobufDeserializer<MeasuredCall.Answer>(), options: options
                            ) { answer in _ = try answer.message }
                            times.add(ContinuousClock.now - start)
                            number += inFlight
                        }
                        return times
                    }
                }
                return try await group.reduce(into: Times()) { $0.add($1) }
            }
        }
        try Finding(times: times, time: ContinuousClock.now - began).print()
    }
}
