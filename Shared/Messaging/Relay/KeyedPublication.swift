import Kafka
import Synchronization

/// Publishes a batch with at most one unacknowledged event per key (RELIABILITY rule 4).
///
/// Events of different keys go out together; the next event of a key follows when the broker has acknowledged the one
/// before. When one fails, the rest of its key stays behind, so that nothing overtakes. Nothing is sent any more once
/// the leader's lease has run out.
final class KeyedPublication: Sendable {
    /// What became of a batch.
    struct Outcome: Sendable {
        /// Events that the broker has acknowledged, with the place that it gave them.
        var delivered: [(row: JournalRow, place: Delivery)] = []
        /// Events that have to be read again.
        var left: [JournalRow] = []
        /// The first failure; nil when all went well.
        var failure: KafkaError?
    }

    private struct State {
        var waiting: [Lane: [JournalRow]]
        var unfinished: Int
        var outcome = Outcome()
        var continuation: CheckedContinuation<Outcome, Never>?
    }

    private let producer: KafkaProducer
    private let source: String
    private let lease: LeaderLease
    private let losses: Int
    private let state: Mutex<State>

    private init(
        _ rows: [JournalRow], producer: KafkaProducer, source: String, lease: LeaderLease, losses: Int
    ) {
        self.producer = producer
        self.source = source
        self.lease = lease
        self.losses = losses
        // Reversed, so that the next row of a lane is taken from the end.
        let lanes = Dictionary(grouping: rows.reversed(), by: Lane.init)
        state = Mutex(State(waiting: lanes, unfinished: lanes.count))
    }

    /// Publishes the rows, which are in the order of the journal, and returns when every one has been answered.
    ///
    /// - Parameter losses: the producer's lost connections when the cluster was last known to be the right one. After
    ///   another loss nothing more is sent: who answers at the address now may be a cluster that has to be refilled first.
    static func publish(
        _ rows: [JournalRow], with producer: KafkaProducer, source: String, lease: LeaderLease, losses: Int
    ) async -> Outcome {
        guard !rows.isEmpty else { return Outcome() }
        return await KeyedPublication(
            rows, producer: producer, source: source, lease: lease, losses: losses
        ).run()
    }

    private func run() async -> Outcome {
        await withCheckedContinuation { continuation in
            let lanes = state.withLock { state in
                state.continuation = continuation
                return Array(state.waiting.keys)
            }
            for lane in lanes { advance(lane) }
        }
    }

    /// Sends the next row of a lane, or ends the lane.
    private func advance(_ lane: Lane) {
        guard lease.isValid, producer.connectionLosses == losses else { return finish(lane) }
        let next = state.withLock { $0.waiting[lane]?.popLast() }
        guard let row = next else { return finish(lane) }
        producer.enqueue(row.record(source: source)) { [self] result in
            switch result {
            case .success(let place):
                state.withLock { $0.outcome.delivered.append((row, place)) }
                advance(lane)
            case .failure(let error):
                state.withLock { state in
                    state.outcome.left.append(row)
                    state.outcome.failure = state.outcome.failure ?? error
                }
                finish(lane)
            }
        }
    }

    private func finish(_ lane: Lane) {
        let ended: (CheckedContinuation<Outcome, Never>, Outcome)? = state.withLock { state in
            state.outcome.left += (state.waiting.removeValue(forKey: lane) ?? []).reversed()
            state.unfinished -= 1
            guard state.unfinished == 0, let continuation = state.continuation else { return nil }
            state.continuation = nil
            return (continuation, state.outcome)
        }
        if let (continuation, outcome) = ended { continuation.resume(returning: outcome) }
    }
}
