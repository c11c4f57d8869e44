import Domain
import Postgres
import SwiftProtobuf

extension Instant {
    /// The time of a protobuf timestamp, cut to microseconds.
    public init(_ timestamp: Google_Protobuf_Timestamp) {
        let (seconds, overflow) = timestamp.seconds.multipliedReportingOverflow(by: 1_000_000)
        let clamped = overflow ? (timestamp.seconds < 0 ? Int64.min / 2 : Int64.max / 2) : seconds
        self.init(microseconds: clamped &+ Int64(timestamp.nanos) / 1_000)
    }
}

extension Google_Protobuf_Timestamp {
    /// The protobuf form of a time.
    public init(_ instant: Instant) {
        var seconds = instant.microseconds / 1_000_000
        var micros = instant.microseconds % 1_000_000
        if micros < 0 {
            seconds -= 1
            micros += 1_000_000
        }
        self.init(seconds: seconds, nanos: Int32(micros * 1_000))
    }
}

extension BusinessTime {
    /// The point in time on the wire.
    public var wire: Google_Protobuf_Timestamp { Google_Protobuf_Timestamp(instant) }
}
