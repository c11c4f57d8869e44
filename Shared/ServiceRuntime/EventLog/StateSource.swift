import Messaging
import Postgres

/// Where the states of a compacted topic come from: the tables (RELIABILITY rule 11).
///
/// A seed carries the sequence number that the state had when it was last published, so a reader that has the state
/// applies it again without effect.
public struct StateSource: Sendable {
    /// Some states in the order of their keys.
    public struct Page: Sendable {
        /// The states, as the service publishes them after a change, and tombstones of what it deleted.
        public var events: [OutgoingEvent]
        /// The last key that was looked at; nil when none is left behind the page.
        public var last: String?

        /// A page; `last` is nil on the last one.
        public init(events: [OutgoingEvent], last: String?) {
            self.events = events
            self.last = last
        }
    }

    /// Loads the states behind a key, at most `limit`, in the order of their keys.
    ///
    /// It must lock the rows before it reads them (`FOR NO KEY UPDATE`): a change that commits first is then read, and
    /// one that comes later writes its event behind the seed, so that a newer state is never overwritten by an older.
    public typealias Load =
        @Sendable (_ after: String?, _ limit: Int, _ now: Instant, _ transaction: Transaction) throws -> Page

    /// The topic.
    public let topic: Topic
    let load: Load

    /// A source of the states of one topic.
    public init(_ topic: Topic, load: @escaping Load) {
        self.topic = topic
        self.load = load
    }

    /// A source whose rows are named by a key that `lock` finds and locks, in its order, and `states` reads afterwards
    /// by a statement of its own, which sees what the lock waited for.
    public init<Key>(
        _ topic: Topic,
        lock: @escaping @Sendable (_ after: String?, _ limit: Int, _ transaction: Transaction) throws -> [Key],
        name: @escaping @Sendable (Key) -> String,
        states:
            @escaping @Sendable (_ keys: [Key], _ now: Instant, _ transaction: Transaction) throws
            -> [OutgoingEvent]
    ) {
        self.init(topic) { after, limit, now, transaction in
            let keys = try lock(after, limit, transaction)
            return Page(
                events: try states(keys, now, transaction), last: keys.count < limit ? nil : keys.last.map(name))
        }
    }
}
