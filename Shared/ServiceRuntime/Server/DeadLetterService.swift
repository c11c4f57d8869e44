import CommonContracts
import GRPCCore
import Messaging
import Postgres
import SwiftProtobuf

/// The operator's calls about what the service could not handle (XCT-6; RELIABILITY rule 10). Every service serves them.
struct DeadLetterService: Zhitongche_Common_V1_DeadLetterService.SimpleServiceProtocol {
    static let rules: [String: AccessRule] = [
        "ListDeadLetters": .action(OperationsActions.read), "GetDeadLetter": .action(OperationsActions.read),
        "ReplayDeadLetter": .action(OperationsActions.act), "DismissDeadLetter": .action(OperationsActions.act),
        "ListParkedKeys": .action(OperationsActions.read), "SkipParkedKey": .action(OperationsActions.act),
    ]

    /// Kafka's bound of a topic's name, in bytes.
    private static let longestTopic = 249
    /// No event of the catalogue has a longer key, in bytes.
    private static let longestKey = 512

    let letters: DeadLetters
    let parked: ParkedKeys
    let database: Database
    let commands: Commands
    let audit: AuditLog

    init(letters: DeadLetters, database: Database, commands: Commands, audit: AuditLog) {
        self.letters = letters
        parked = ParkedKeys(letters)
        self.database = database
        self.commands = commands
        self.audit = audit
    }

    func listDeadLetters(
        request: Zhitongche_Common_V1_ListDeadLettersRequest, context: ServerContext
    ) async throws -> Zhitongche_Common_V1_ListDeadLettersResponse {
        let limit = try page(size: request.pageSize)
        var filter = DeadLetters.Filter()
        filter.topic = request.topic.isEmpty ? nil : request.topic
        filter.kind = try DeadLetterClass.filter(request.kind)
        filter.includesClosed = request.includeClosed
        let hash = PageToken.hash(of: [
            "dead_letters", request.topic, "\(request.kind.rawValue)", "\(request.includeClosed)",
        ])
        let token = try PageToken.decode(request.pageToken, filterHash: hash, columns: 1)
        let place = try token.map { Int64(try $0.integer(0, in: 1...)) } ?? 0
        let found = try await read { [letters, filter] transaction in
            try letters.list(filter, after: place, limit: limit + 1, in: transaction)
        }
        return .with {
            $0.deadLetters = found.prefix(limit).map(Zhitongche_Common_V1_DeadLetter.init)
            if found.count > limit {
                $0.nextPageToken = PageToken.encode(filterHash: hash, key: ["\(found[limit - 1].id)"])
            }
        }
    }

    func getDeadLetter(
        request: Zhitongche_Common_V1_GetDeadLetterRequest, context: ServerContext
    ) async throws -> Zhitongche_Common_V1_GetDeadLetterResponse {
        guard let call = CallContext.current else { throw Problem.unauthenticated("a look needs a call") }
        let letter = try await database.transaction(deadline: call.deadline) { [letters, audit] transaction in
            let letter = try Self.deciding { try letters.letter(request.deadLetterID, in: transaction) }
            // A payload may tell about an enterprise, so looking at it leaves a trace.
            audit.append(
                call: call, outcome: .done, object: "dead letter \(letter.id)", detail: "payload shown",
                in: transaction)
            return letter
        }
        return .with {
            $0.deadLetter = Zhitongche_Common_V1_DeadLetter(letter)
            $0.headers = letter.headers.map { header in
                .with {
                    $0.name = header.name
                    $0.value = .init(header.value ?? [])
                }
            }
            $0.payload = .init(letter.payload ?? [])
        }
    }

    func replayDeadLetter(
        request: Zhitongche_Common_V1_ReplayDeadLetterRequest, context: ServerContext
    ) async throws -> Zhitongche_Common_V1_ReplayDeadLetterResponse {
        let id = request.deadLetterID
        return try await commands.run(request, id: request.requestID, object: "dead letter \(id)") {
            [letters] command in
            let replay = try Self.deciding {
                try letters.replay(
                    id, by: command.caller.accountID, evenLate: request.evenLate, in: command.tx)
            }
            let letter = try letters.letter(id, in: command.tx)
            command.audit(
                object: letter.place, detail: "dead letter \(id): \(replay.outcome.words); \(replay.followed) followed")
            return .with {
                $0.outcome = replay.outcome.wire
                $0.followed = Int32(replay.followed)
                $0.deadLetter = Zhitongche_Common_V1_DeadLetter(letter)
            }
        }
    }

    func dismissDeadLetter(
        request: Zhitongche_Common_V1_DismissDeadLetterRequest, context: ServerContext
    ) async throws -> Zhitongche_Common_V1_DismissDeadLetterResponse {
        try Self.check(reason: request.reason)
        let id = request.deadLetterID
        return try await commands.run(request, id: request.requestID, object: "dead letter \(id)") {
            [letters] command in
            try Self.deciding {
                try letters.dismiss(id, by: command.caller.accountID, reason: request.reason, in: command.tx)
            }
            let letter = try letters.letter(id, in: command.tx)
            command.audit(object: letter.place, detail: "dead letter \(id) dismissed: \(request.reason)")
            return .with { $0.deadLetter = Zhitongche_Common_V1_DeadLetter(letter) }
        }
    }

    func listParkedKeys(
        request: Zhitongche_Common_V1_ListParkedKeysRequest, context: ServerContext
    ) async throws -> Zhitongche_Common_V1_ListParkedKeysResponse {
        let limit = try page(size: request.pageSize)
        let topic = request.topic.isEmpty ? nil : request.topic
        let hash = PageToken.hash(of: ["parked_keys", request.topic])
        let token = try PageToken.decode(request.pageToken, filterHash: hash, columns: 2)
        let found = try await read { [parked] transaction in
            try parked.list(
                topic: topic, after: token.map { ($0.key[0], $0.key[1]) }, limit: limit + 1, in: transaction)
        }
        return .with {
            $0.keys = found.prefix(limit).map(Zhitongche_Common_V1_ParkedKey.init)
            if found.count > limit {
                let last = found[limit - 1]
                $0.nextPageToken = PageToken.encode(filterHash: hash, key: [last.topic, last.key])
            }
        }
    }

    func skipParkedKey(
        request: Zhitongche_Common_V1_SkipParkedKeyRequest, context: ServerContext
    ) async throws -> Zhitongche_Common_V1_SkipParkedKeyResponse {
        try Self.check(reason: request.reason)
        guard (1...Self.longestTopic).contains(request.topic.utf8.count) else {
            throw Problem.invalid("topic", "must have 1 to \(Self.longestTopic) bytes")
        }
        guard (1...Self.longestKey).contains(request.key.utf8.count) else {
            throw Problem.invalid("key", "must have 1 to \(Self.longestKey) bytes")
        }
        let object = "key \(request.key) of \(request.topic)"
        return try await commands.run(request, id: request.requestID, object: object) { [parked] command in
            let skip = try Self.deciding {
                try parked.skip(topic: request.topic, key: request.key, in: command.tx)
            }
            command.audit(object: object, detail: "\(skip.words): \(request.reason)")
            return .with {
                $0.cause = skip.cause.wire
                if skip.to >= skip.from {
                    $0.skippedFrom = skip.from
                    $0.skippedTo = skip.to
                }
                $0.followed = Int32(skip.followed)
                $0.parkedAgain = skip.next?.wire ?? .unspecified
            }
        }
    }

    private func read<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        try await database.transaction(readOnly: true, deadline: CallContext.deadline, body)
    }

    private static func check(reason: String) throws {
        guard (1...500).contains(reason.unicodeScalars.count), !reason.contains("\0") else {
            throw Problem.invalid("reason", "must have 1 to 500 characters")
        }
    }

    /// Says to the caller why a decision is refused.
    private static func deciding<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let refusal as InboxDecisionError {
            switch refusal {
            case .noLetter: throw Problem.notFound(refusal.description)
            case .closed: throw Problem.illegalState(zh: "该死信已处理", en: refusal.description)
            case .notParked: throw Problem.illegalState(zh: "该键没有被搁置", en: refusal.description)
            case .notRead: throw Problem.illegalState(zh: "本服务不读取该主题", en: refusal.description)
            case .late: throw Problem.illegalState(zh: "该键之后的事件已生效", en: refusal.description)
            }
        } catch let full as ParkingFull {
            throw Problem.exhausted(full.description, zh: "搁置的消息已达上限")
        }
    }
}

/// The actions of those who run the installation; every service knows them.
enum OperationsActions {
    /// Looks at what waits and what failed.
    static let read = "operations.read"
    /// Decides about it.
    static let act = "operations.act"
}
