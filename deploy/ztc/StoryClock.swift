import CommonContracts
import Domain
import Foundation
import GRPCCore
import Postgres
import ServiceRuntime
import SwiftProtobuf

/// Business time of the whole installation: every service has a clock of its own, and they are moved together.
struct StoryClock {
    private let scenario: Scenario

    init(_ scenario: Scenario) { self.scenario = scenario }

    /// Puts all clocks on the latest of them, should somebody have moved some only, and returns it.
    func start() async throws -> Instant {
        let times = try await times()
        guard let earliest = times.min(), let latest = times.max() else { throw Refusal("there are no services") }
        if latest - earliest > .seconds(60) { try await set(latest) }
        return latest
    }

    /// Business time, the latest of all services.
    func now() async throws -> Instant {
        guard let latest = try await times().max() else { throw Refusal("there are no services") }
        return latest
    }

    /// Today in Asia/Shanghai.
    func today() async throws -> CivilDate { try BusinessClock.date(of: try await now()) }

    /// Moves all clocks to an hour of a day and says by how much; they never go back.
    func move(to day: CivilDate, hour: Int = 9) async throws {
        let now = try await now()
        let target = BusinessClock.start(of: day) + .seconds(hour * 3_600)
        guard target > now else { return }
        try await set(target)
        let days = try BusinessClock.date(of: now).days(to: day)
        Console.line("〔时钟拨快 \(days) 天：\(Self.text(now)) → \(Self.text(target))〕")
    }

    /// A point in time to the minute in Asia/Shanghai.
    static func text(_ instant: Instant) -> String {
        // Shanghai has had no summer time since 1991.
        let local = (instant + .seconds(8 * 3_600)).description
        return String(local.prefix(16)).replacing("T", with: " ")
    }

    /// The day in Asia/Shanghai of a point in time.
    static func day(of time: Google_Protobuf_Timestamp) throws -> CivilDate {
        try BusinessClock.date(of: Instant(time.date))
    }

    private func times() async throws -> [Instant] {
        var times: [Instant] = []
        for service in Stack.services.map(\.name) {
            times.append(
                try await withConnection(to: service, of: scenario.stack) { client in
                    let answer = try await Zhitongche_Common_V1_DevelopmentService.Client(wrapping: client)
                        .getClock(request: Bearer.nobody.request(.init()), options: .ordinary)
                    return Instant(answer.businessTime.date)
                })
        }
        return times
    }

    /// The target is a point in time and no distance, so that a repeated call moves nothing twice. Those whose timers
    /// others hear of come last, so that nobody hears of tomorrow before its own clock was moved.
    private func set(_ target: Instant) async throws {
        let time = Google_Protobuf_Timestamp(date: target.date)
        let names = Stack.services.map(\.name)
        let last = ["project", "appeal"]
        for service in names.filter({ !last.contains($0) }) + last {
            try await withConnection(to: service, of: scenario.stack) { client in
                _ = try await Zhitongche_Common_V1_DevelopmentService.Client(wrapping: client)
                    .moveClock(request: Bearer.nobody.request(.with { $0.to = time }), options: .ordinary)
            }
        }
    }
}

extension Instant {
    fileprivate init(_ date: Date) {
        self.init(microseconds: Int64((date.timeIntervalSince1970 * 1_000_000).rounded()))
    }

    fileprivate var date: Date { Date(timeIntervalSince1970: Double(microseconds) / 1_000_000) }
}
