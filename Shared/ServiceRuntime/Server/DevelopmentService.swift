import CommonContracts
import GRPCCore
import Postgres
import SwiftProtobuf

/// Moves business time in development mode (rule 14).
struct DevelopmentService: Zhitongche_Common_V1_DevelopmentService.SimpleServiceProtocol {
    static let rules: [String: AccessRule] = ["MoveClock": .anonymous, "GetClock": .anonymous]

    // 2000-01-01 and 2100-01-01 in UTC: calendars and deadlines have no data beyond.
    private static let bounds =
        Instant(microseconds: 946_684_800_000_000)..<Instant(microseconds: 4_102_444_800_000_000)

    let clock: BusinessClock
    let database: Database
    let moved: @Sendable () -> Void

    func moveClock(
        request: Zhitongche_Common_V1_MoveClockRequest, context: ServerContext
    ) async throws -> Zhitongche_Common_V1_MoveClockResponse {
        guard let target = request.target else { throw Problem.invalid("target", "is required") }
        let time = try await database.transaction(deadline: CallContext.deadline) { [clock] transaction in
            let instant: Instant
            switch target {
            case .to(let timestamp): instant = Instant(timestamp)
            case .by(let duration):
                // Beyond these seconds microseconds would not fit; the least number has no absolute value to compare.
                guard (-(Int64(1) << 40)..<(Int64(1) << 40)).contains(duration.seconds) else {
                    throw Problem.invalid("by", "is out of range")
                }
                let micros = duration.seconds * 1_000_000 + Int64(duration.nanos) / 1_000
                instant = try clock.now(transaction) + .microseconds(micros)
            }
            guard Self.bounds.contains(instant) else {
                throw Problem.invalid("target", "must lie in the years 2000 to 2099")
            }
            return try clock.move(to: instant, transaction)
        }
        moved()
        return .with { $0.businessTime = Google_Protobuf_Timestamp(time) }
    }

    func getClock(
        request: Zhitongche_Common_V1_GetClockRequest, context: ServerContext
    ) async throws -> Zhitongche_Common_V1_GetClockResponse {
        try await database.transaction(readOnly: true, deadline: CallContext.deadline) { [clock] transaction in
            let real = try transaction.only("SELECT clock_timestamp() AS now").get("now", as: Instant.self)
            let business = try clock.now(transaction)
            return .with {
                $0.businessTime = Google_Protobuf_Timestamp(business)
                $0.realTime = Google_Protobuf_Timestamp(real)
            }
        }
    }
}
