import CommonContracts
import Domain
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import Postgres
import ServiceRuntime
import SwiftProtobuf
import TestSupport

/// A running replica and a client of it, as the people of a test use a service; each service adds its people and calls.
public protocol ServiceVisit: Sendable {
    /// The service.
    associatedtype App: ServiceApp

    /// What surrounds the replica.
    var bench: ServiceBench<App> { get }
    /// The client.
    var client: GRPCClient<HTTP2ClientTransport.Posix> { get }
}

extension ServiceVisit {
    /// Options of a call: every call has a deadline.
    public var options: CallOptions { .ofTests }

    /// Moves business time to the start of a day in Asia/Shanghai, plus a minute.
    public func travel(to year: Int, _ month: Int, _ day: Int) async throws {
        let start = BusinessClock.start(of: try CivilDate(year: year, month: month, day: day))
        try await client.moveClock(to: start + .seconds(60))
    }
}

extension CallOptions {
    /// Options of a test's calls: every call has a deadline.
    public static var ofTests: CallOptions {
        var options = CallOptions.defaults
        options.timeout = .seconds(30)
        return options
    }
}

extension GRPCClient<HTTP2ClientTransport.Posix> {
    /// Moves the business time of the service behind the client.
    public func moveClock(to instant: Instant) async throws {
        _ = try await Zhitongche_Common_V1_DevelopmentService.Client(wrapping: self).moveClock(
            .with { $0.to = Google_Protobuf_Timestamp(instant) }, options: .ofTests)
    }

    /// Moves the business time of the service behind the client to a time as ISO 8601 writes it.
    public func moveClock(to text: String) async throws {
        guard let instant = Instant(iso8601: text) else { throw NotReached(description: "no time: \(text)") }
        try await moveClock(to: instant)
    }
}
