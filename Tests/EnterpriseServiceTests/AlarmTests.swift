import CommonContracts
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import Messaging
import PolicyContracts
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@Suite("What alarms watch (XCT-14)")
struct AlarmTests {
    private typealias Letters = Zhitongche_Common_V1_DeadLetterService.Client<HTTP2ClientTransport.Posix>

    /// What a scrape sees at once.
    private struct Backlog: Sendable {
        let letters, keys, parkedAge, paused, outboxAge: Double

        init(_ stage: Stage) async throws {
            let url = URL(string: "http://127.0.0.1:\(stage.handle.httpPort)/metrics")
            guard let url else { throw NotReached(description: "no address") }
            let text = String(decoding: try await URLSession.shared.data(from: url).0, as: UTF8.self)
            func value(_ name: String) throws -> Double {
                let line = text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
                guard let value = line.flatMap({ Double($0.dropFirst(name.count + 1)) }) else {
                    throw NotReached(description: "\(name) is not told")
                }
                return value
            }
            letters = try value(MetricName.deadLetters)
            keys = try value(MetricName.parkedKeys)
            parkedAge = try value(MetricName.parkedAge)
            paused = try value(MetricName.pausedPartitions)
            outboxAge = try value(MetricName.outboxAge)
        }

        var isNothing: Bool { [letters, keys, parkedAge, paused, outboxAge].allSatisfy { $0 == 0 } }
    }

    /// What a scrape shows once it is as expected.
    private func shown(
        _ stage: Stage, within limit: Duration = .seconds(30), _ expected: (Backlog) -> Bool
    ) async throws {
        try await eventually(within: limit) {
            try await Backlog(stage)
        } is: {
            expected($0)
        }
    }

    @Test("XCT-14: every figure with an alarm rises with its cause, and falls when docs/operating.md was followed")
    func alarms() async throws {
        let bench = try await ServiceBench.enterprise(environment: ["ZTC_ENTERPRISE_INBOX_PARKED_KEY": "10"])
        guard !bench.broker.isExternal else { return }
        try await bench.stage { stage in
            let client = Letters(wrapping: stage.client)
            let acting = try await stage.bench.metadata(stage.bench.directory.staff("operator", roles: ["operator"]))
            // The gauges are there once they have been measured for the first time.
            try await eventually {
                do { return try await Backlog(stage).isNothing } catch is NotReached { return false }
            } is: {
                $0
            }

            // A letter holds its key, and more comes behind it than may be parked.
            let key = newID()
            try await stage.bench.publish(
                bytes: [0xFF, 0xFF], topic: pointTopic, key: key, seq: 1,
                type: Zhitongche_Policy_V1_PointPublished.protoMessageName)
            for seq: Int64 in 2...13 {
                try await stage.bench.publish(
                    Zhitongche_Policy_V1_PointExpired.with { $0.pointID = key }, topic: pointTopic, key: key, seq: seq)
            }
            try await shown(stage) { $0.letters == 1 && $0.keys == 1 && $0.parkedAge > 0 && $0.paused == 1 }

            // Nothing can be published, while the calls of the recipe still succeed.
            try stage.bench.broker.command("down")
            _ = try await client.dismissDeadLetter(
                .with { ($0.requestID, $0.deadLetterID, $0.reason) = (newID(), 1, "published by mistake") },
                metadata: acting, options: stage.options)
            let skip = try await client.skipParkedKey(
                .with { ($0.requestID, $0.topic, $0.key, $0.reason) = (newID(), pointTopic.name, key, "a mistake") },
                metadata: acting, options: stage.options)
            #expect(skip.followed == 10 && skip.parkedAgain == .unspecified)
            try await shown(stage) { $0.outboxAge > 1 && $0.letters == 0 && $0.keys == 0 && $0.parkedAge == 0 }

            try stage.bench.broker.command("up")
            try await shown(stage, within: .seconds(60)) { $0.isNothing }
        }
    }
}
