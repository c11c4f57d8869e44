import Postgres

/// What a service does with the events of one topic: a handler per type, each run in the inbox's transaction (XCT-6).
public struct Subscription: Sendable {
    /// Applies one event: reads and writes the database, appends events, nothing else. It must be repeatable, since the
    /// transaction may be run again from its start.
    ///
    /// A thrown ``EventRejection`` or ``UndecodableEvent`` makes the event a dead letter; an unavailable database makes
    /// the inbox wait and try again.
    public typealias Handler = @Sendable (IncomingEvent, Transaction) throws -> Void

    /// The topic.
    public let topic: Topic
    private var handlers: [String: Handler] = [:]

    /// A subscription that knows no types yet; an event of an unknown type becomes a dead letter.
    public init(_ topic: Topic) { self.topic = topic }

    /// Handles events of a type, named by the full protobuf name of its message.
    public mutating func on(type: String, _ handler: @escaping Handler) {
        precondition(handlers[type] == nil, "\(type) has a handler already")
        handlers[type] = handler
    }

    /// Takes note of events of a type and does nothing.
    public mutating func ignore(type: String) { on(type: type) { _, _ in } }

    /// The same subscription with every handler wrapped into something that calls it.
    public func wrapped(_ wrap: (@escaping Handler) -> Handler) -> Subscription {
        var subscription = self
        subscription.handlers = handlers.mapValues(wrap)
        return subscription
    }

    func handler(for type: String) -> Handler? { handlers[type] }
}

/// A handler's verdict that an event breaks the contract or the domain's rules: it becomes a dead letter.
public struct EventRejection: Error, CustomStringConvertible {
    /// Why, in a sentence for the operator; without personal data.
    public let reason: String

    /// A rejection with its reason.
    public init(_ reason: String) { self.reason = reason }

    /// The reason.
    public var description: String { reason }
}

/// The payload's bytes are not the message that the type names: the event becomes a dead letter.
public struct UndecodableEvent: Error, CustomStringConvertible {
    /// What the decoder said.
    public let reason: String

    /// An undecodable event with the decoder's words.
    public init(_ reason: String) { self.reason = reason }

    /// The reason.
    public var description: String { reason }
}
