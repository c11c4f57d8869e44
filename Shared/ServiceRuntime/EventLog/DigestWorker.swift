import CommonContracts
import Domain
import Messaging
import Postgres
import SwiftProtobuf

/// Closes each UTC day some minutes after its end: computes the digests of the service's events topics, keeps them and
/// publishes them (XCT-7). Days that were missed, because the service or the broker was away, follow in their order.
struct DigestWorker: Sendable {
    static let name = "digests"
    /// Clocks of machines may differ a little, and a transaction may be at its end.
    private static let margin = Duration.seconds(600)
    private static let retry = Duration.seconds(60)

    let schema: String
    let database: Database
    let clock: BusinessClock
    let outbox: Outbox
    let ledger: DigestLedger
    let topics: [Topic]
    let now: @Sendable () -> Instant

    init(
        definition: ServiceDefinition, database: Database, clock: BusinessClock, outbox: Outbox,
        now: @escaping @Sendable () -> Instant = { .now }
    ) {
        schema = definition.name
        self.database = database
        self.clock = clock
        self.outbox = outbox
        self.now = now
        topics = definition.topics
        ledger = DigestLedger(schema: definition.name, service: definition.name, topics: definition.topics)
    }

    var worker: Worker {
        Worker(name: Self.name, leader: true) { context in
            var watch: Watch?
            while true {
                switch try await closeNext(&watch) {
                case .closed(let day):
                    context.logger.info("the digests of a day were published", metadata: ["day": "\(day)"])
                case .waits(let day):
                    context.logger.notice(
                        "the digests of a day wait for its events to be published", metadata: ["day": "\(day)"])
                    try await context.wait(for: Self.retry)
                case .upToDate:
                    // A minute of the day at which nothing is due is missed by nobody.
                    try await context.wait(for: min(Self.untilNextDay(from: now()), .seconds(3_600)))
                }
            }
        }
    }

    /// What a look at the oldest open day led to.
    enum Step: Sendable, Hashable {
        case closed(String)
        case waits(String)
        case upToDate
    }

    /// A day that is over, with a transaction number above those of all who may still add to it.
    struct Watch: Sendable {
        let day: CalendarDate
        let number: Int64
    }

    /// Closes the oldest day that is over and not closed yet; `watch` is kept from one look to the next.
    func closeNext(_ watch: inout Watch?) async throws -> Step {
        let ended = Self.day(of: now() - Self.margin)
        let (before, ledger) = (watch, ledger)
        watch = try await database.transaction(.consumers) { transaction in
            guard let day = try ledger.firstOpenDay(in: transaction), day < ended else { return nil }
            if let before, before.day == day { return before }
            return Watch(day: day, number: try ledger.nextTransaction(in: transaction))
        }
        guard let open = watch else { return .upToDate }
        let text = try CivilDate(dayNumber: Int(open.day.daysSince1970)).description
        let digests: [DigestLedger.Day]? = try await database.transaction(
            .consumers, isolation: .repeatableRead, readOnly: true
        ) { transaction in
            guard try ledger.isSettled(before: open.number, in: transaction),
                try !ledger.waits(on: open.day, in: transaction)
            else { return nil }
            return try ledger.compute(open.day, in: transaction)
        }
        guard let digests else { return .waits(text) }
        try await database.transaction(.consumers) { [self] transaction in
            let time = try clock.now(transaction)
            for digest in digests {
                let seq = try ledger.keep(digest, in: transaction)
                let message = Zhitongche_Common_V1_DigestClosed.with { $0.digest = digest.wire(text) }
                try outbox.append(
                    OutgoingEvent(.digests(schema), key: digest.topic, seq: seq, time: time, message), in: transaction)
            }
        }
        return .closed(text)
    }

    /// The UTC day of a point in time.
    static func day(of time: Instant) -> CalendarDate {
        let (days, rest) = time.microseconds.quotientAndRemainder(dividingBy: 86_400_000_000)
        return CalendarDate(daysSince1970: Int32(clamping: days - (rest < 0 ? 1 : 0)))
    }

    private static func untilNextDay(from time: Instant) -> Duration {
        let next = (Int64(day(of: time - margin).daysSince1970) + 1) * 86_400_000_000
        return Instant(microseconds: next) + margin - time + .seconds(1)
    }
}

extension DigestLedger.Day {
    /// The digest as the contract has it.
    func wire(_ day: String) -> Zhitongche_Common_V1_DayDigest {
        .with { message in
            message.topic = topic
            message.day = day
            message.partitionCount = Int32(Topic.partitions)
            message.clusterID = cluster
            message.computedAt = Google_Protobuf_Timestamp(computedAt)
            message.partitions = partitions.sorted { $0.key < $1.key }.map { partition, digest in
                .with {
                    $0.partition = partition
                    $0.events = digest.events
                    $0.sum = .init(digest.sum.bytes)
                    $0.endOffset = ends[partition] ?? 0
                }
            }
        }
    }
}
