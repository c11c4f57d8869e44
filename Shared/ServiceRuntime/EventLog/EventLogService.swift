import CommonContracts
import Domain
import GRPCCore
import Kafka
import Messaging
import Postgres
import SwiftProtobuf

/// The publishing side of a service and the offsets of its group, for subscribers and operators (XCT-7, rule 11).
struct EventLogService: Zhitongche_Common_V1_EventLogService.SimpleServiceProtocol {
    /// Reading what was published.
    static let readEvents = "events.read"
    /// Looking at the state of operation, dead letters included.
    static let readOperations = "operations.read"
    /// Repairing.
    static let act = "operations.act"

    static let rules: [String: AccessRule] = [
        "ListEvents": .anyAction([readEvents, readOperations]), "GetDigest": .anyAction([readEvents, readOperations]),
        "RepublishEvents": .action(act), "ReseedState": .action(act), "GetOffsets": .action(readOperations),
        "ResumePartition": .action(act), "FinishRepair": .action(act),
    ]

    let definition: ServiceDefinition
    let database: Database
    let commands: Commands
    let relay: Relay
    let sources: [StateSource]
    let repair: PartitionRepair
    let history: EventHistory
    let republication: Republication
    let ledger: DigestLedger

    init(
        definition: ServiceDefinition, runtime: Runtime, relay: Relay, sources: [StateSource]
    ) {
        self.definition = definition
        database = runtime.database
        commands = runtime.commands
        self.relay = relay
        self.sources = sources
        let name = definition.name
        repair = PartitionRepair(
            schema: name, group: definition.group, database: runtime.database, kafka: runtime.configuration.kafka,
            logger: runtime.logger)
        history = EventHistory(schema: name, service: name)
        republication = Republication(schema: name, service: name)
        ledger = DigestLedger(schema: name, service: name, topics: definition.topics)
    }

    // MARK: Reading

    func listEvents(
        request: Zhitongche_Common_V1_ListEventsRequest, context: ServerContext
    ) async throws -> Zhitongche_Common_V1_ListEventsResponse {
        let topics = try readable(request.topic, by: CallContext.caller)
        guard request.afterPosition >= 0 else { throw Problem.invalid("after_position", "must be at least 0") }
        let limit = try page(size: request.pageSize)
        let filter = PageToken.hash(of: [request.topic, request.key])
        let token = try PageToken.decode(request.pageToken, filterHash: filter, columns: 1)
        let after = try token.map { Int64(try $0.integer(0, in: 0...)) } ?? request.afterPosition
        let key = request.key.isEmpty ? nil : request.key
        let found = try await database.transaction(readOnly: true, deadline: CallContext.deadline) {
            [history] transaction in
            try history.page(
                after: after, topics: topics.map(\.name), key: key, limit: limit, in: transaction)
        }
        return .with {
            $0.events = found.events.map(\.wire)
            $0.oldestPosition = found.oldest
            $0.throughPosition = found.through
            if found.hasMore { $0.nextPageToken = PageToken.encode(filterHash: filter, key: ["\(found.through)"]) }
        }
    }

    /// The topics that the caller may read, or the one named.
    private func readable(_ name: String, by caller: Caller) throws -> [Topic] {
        if name.isEmpty {
            return published.filter { topic in
                definition.action(for: topic).map { caller.scope(of: $0) != nil } ?? true
            }
        }
        let topic = try publishedTopic(name)
        if let action = definition.action(for: topic) { try caller.require(action) }
        return [topic]
    }

    func getDigest(
        request: Zhitongche_Common_V1_GetDigestRequest, context: ServerContext
    ) async throws -> Zhitongche_Common_V1_GetDigestResponse {
        // Of a topic with a right of its own too: numbers and sums tell nothing of what is in it, and those of closed
        // days stand on a topic that every subscriber reads.
        guard let topic = published.first(where: { $0.name == request.topic }), DigestLedger.hasDigests(topic) else {
            throw Problem.invalid("topic", "must be an events topic of this service")
        }
        let today = DigestWorker.day(of: .now)
        let day = request.day.isEmpty ? today : try Self.day(request.day)
        guard day <= today else { throw Problem.invalid("day", "is still to come") }
        let text = try CivilDate(dayNumber: Int(day.daysSince1970)).description
        return try await database.snapshot { [ledger] transaction in
            if let kept = try ledger.kept(topic.name, day, in: transaction) {
                return .with {
                    $0.digest = kept.wire(text)
                    $0.closed = true
                }
            }
            guard let first = try ledger.firstOpenDay(in: transaction), first <= day else {
                throw Problem.notFound("digest of \(topic.name) on \(text)")
            }
            let open = try ledger.compute(day, in: transaction).first { $0.topic == topic.name }
            return .with { if let open { $0.digest = open.wire(text) } }
        }
    }

    private static func day(_ text: String) throws -> CalendarDate {
        do {
            return CalendarDate(daysSince1970: Int32(try CivilDate(text).dayNumber))
        } catch {
            throw Problem.invalid("day", "must be a date such as 2026-11-21")
        }
    }

    // MARK: Publishing again

    func republishEvents(
        request: Zhitongche_Common_V1_RepublishEventsRequest, context: ServerContext
    ) async throws -> Zhitongche_Common_V1_RepublishEventsResponse {
        let topic = try publishedTopic(request.topic)
        guard topic.kind != .state else {
            throw Problem.invalid("topic", "is a state topic; its states are seeded by ReseedState")
        }
        guard request.fromPosition >= 0 else { throw Problem.invalid("from_position", "must be at least 0") }
        guard request.toPosition == 0 || request.toPosition >= request.fromPosition else {
            throw Problem.invalid("to_position", "must be 0 or not below from_position")
        }
        let answer = try await commands.run(request, id: request.requestID, object: "topic \(topic.name)") {
            [republication] command in
            let (events, next) = try republication.request(
                topic: topic.name, key: request.key.isEmpty ? nil : request.key, from: request.fromPosition,
                through: request.toPosition == 0 ? nil : request.toPosition, in: command.tx)
            return Zhitongche_Common_V1_RepublishEventsResponse.with {
                $0.events = Int64(events)
                $0.nextPosition = next ?? 0
            }
        }
        try await relay.lookAgain()
        return answer
    }

    func reseedState(
        request: Zhitongche_Common_V1_ReseedStateRequest, context: ServerContext
    ) async throws -> Zhitongche_Common_V1_ReseedStateResponse {
        guard let source = sources.first(where: { $0.topic.name == request.topic }) else {
            throw Problem.invalid("topic", "must be a state topic of this service")
        }
        let filter = PageToken.hash(of: [request.topic])
        let after = try PageToken.decode(request.pageToken, filterHash: filter, columns: 1)?.key[0]
        return try await commands.run(request, id: request.requestID, object: "topic \(source.topic.name)") { command in
            let page = try source.load(after, SeedWorker.pageSize, command.now, command.tx)
            try command.emit(contentsOf: page.events)
            return .with {
                $0.states = Int64(page.events.count)
                if let last = page.last { $0.nextPageToken = PageToken.encode(filterHash: filter, key: [last]) }
            }
        }
    }

    /// What the service writes: its own topics and the dead letters of its group.
    private var published: [Topic] { definition.topics + definition.deadLetterTopics }

    private func publishedTopic(_ name: String) throws -> Topic {
        guard let topic = published.first(where: { $0.name == name }) else {
            throw Problem.invalid("topic", "must be a topic that this service writes")
        }
        return topic
    }
}

extension PublishedEvent {
    fileprivate var wire: Zhitongche_Common_V1_PublishedEvent {
        .with { message in
            message.position = position
            message.topic = topic
            message.key = key
            message.headers = headers.map { header in
                .with {
                    $0.name = header.name
                    $0.value = .init(header.value ?? [])
                }
            }
            message.payload = .init(payload ?? [])
            message.tombstone = payload == nil
        }
    }
}
