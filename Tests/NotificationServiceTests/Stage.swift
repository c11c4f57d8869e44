import CommonContracts
import Crypto
import DirectoryContracts
import Domain
import EnterpriseContracts
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import Messaging
import NotificationContracts
import Postgres
import ServiceRuntime
import ServiceTestSupport
import SwiftProtobuf
import Synchronization
import TestSupport

@testable import NotificationService

typealias Client = Zhitongche_Notification_V1_NotificationService.Client<HTTP2ClientTransport.Posix>
typealias InboxMessage = Zhitongche_Notification_V1_InboxMessage

extension Topic {
    static let audiences = Topic.events("enterprise", "audience")
    static let enterprises = Topic.state("enterprise", "enterprise")
    static let accounts = Topic.state("directory", "account")
    static let notices = Topic.events("notification", "notice")
    static let cases = Topic.events("appeal", "case")
    static let complaints = Topic.events("appeal", "complaint")
    static let projects = Topic.events("project", "project")
    static let preAssessments = Topic.events("project", "preassessment")
    static let results = Topic.events("assessment", "result")
}

/// The notification service with what surrounds it: the enterprise library's topics, and people who call.
struct Stage<App: ServiceApp>: Sendable {
    let bench: ServiceBench<App>

    static func make(_ app: App.Type, environment: [String: String] = [:]) async throws -> Stage {
        var directory = BenchDirectory(roles: [
            "administrator": [
                ("notification.rule.write", .all), ("notification.rule.read", .all),
                ("notification.caught.read", .all),
            ],
            "enterprise-user": [("enterprise.read", .ownEnterprise)],
        ])
        directory.units = directory.units.map { unit in
            var unit = unit
            if unit.unitID == "office" { unit.kind = .leadingGroupOffice }
            return unit
        }
        return Stage(
            bench: try await ServiceBench.make(
                app, directory: directory,
                topics: [
                    .audiences, .enterprises, .accounts, .cases, .complaints, .projects, .preAssessments, .results,
                ], environment: environment))
    }

    /// Runs one replica around a body.
    func run(_ body: (ServiceHandle, Client) async throws -> Void) async throws {
        try await bench.run { handle, client in
            // Roles come on a topic of their own, which may be read after that of the keys.
            let roles = bench.directory.roles.map(\.roleID)
            try await eventually {
                roles.filter { handle.runtime.trust.permissions(of: [$0]).isEmpty }
            } is: {
                $0.isEmpty
            }
            try await body(handle, Client(wrapping: client))
        }
    }

    /// Makes enterprises known, with the given ordinals.
    func introduce(_ ordinals: [UInt32]) async throws -> [UInt32: Reader] {
        var readers: [UInt32: Reader] = [:]
        for ordinal in ordinals {
            let reader = Reader(ordinal: ordinal)
            try await bench.publish(
                Zhitongche_Enterprise_V1_EnterpriseState.with {
                    $0.enterpriseID = reader.enterprise
                    $0.ordinal = ordinal
                }, topic: .enterprises, key: reader.enterprise, seq: 1)
            readers[ordinal] = reader
        }
        let wanted = Int64(ordinals.count)
        try await eventually {
            try await bench.administration.transaction { transaction in
                try transaction.only(
                    "SELECT count(*) AS count FROM notification.enterprise WHERE ordinal = ANY(\(ordinals))"
                ).get("count", as: Int64.self)
            }
        } is: {
            $0 == wanted
        }
        return readers
    }

    func metadata(of reader: Reader) async throws -> Metadata {
        try await bench.metadata(bench.directory.enterpriseUser(reader.account, enterprise: reader.enterprise))
    }

    func administrator() async throws -> Metadata {
        try await bench.metadata(bench.directory.staff(UUIDv7.make(), roles: ["administrator"]))
    }

    /// The whole inbox of a reader.
    func inbox(
        _ reader: Reader, _ client: Client, unreadOnly: Bool = false, kind: String = ""
    ) async throws -> [InboxMessage] {
        let request = Zhitongche_Notification_V1_ListInboxRequest.with {
            $0.unreadOnly = unreadOnly
            $0.kind = kind
            $0.pageSize = 200
        }
        return try await client.listInbox(request, metadata: metadata(of: reader), options: bench.options).messages
    }

    /// The inbox of a member of a unit's staff who holds posts there.
    func inbox(
        of account: String = UUIDv7.make(), unit: String, roles: [String], _ client: Client
    ) async throws -> [InboxMessage] {
        let claims = bench.directory.staff(account, unit: unit, roles: roles)
        return try await client.listInbox(.init(), metadata: bench.metadata(claims), options: bench.options).messages
    }

    /// Waits until a reader's inbox holds a number of messages.
    @discardableResult
    func inbox(_ reader: Reader, _ client: Client, reaches count: Int) async throws -> [InboxMessage] {
        try await eventually(within: .seconds(60)) {
            try await inbox(reader, client)
        } is: {
            $0.count == count
        }
    }

    @discardableResult
    func markRead(_ messages: [String], _ reader: Reader, _ client: Client, id: String = UUIDv7.make()) async throws
        -> Int32
    {
        let request = Zhitongche_Notification_V1_MarkReadRequest.with {
            $0.requestID = id
            $0.messageIds = messages
        }
        return try await client.markRead(request, metadata: metadata(of: reader), options: bench.options).marked
    }

    /// Reasons of all dead letters, in their order.
    func deadLetters() async throws -> [String] {
        try await bench.administration.transaction { transaction in
            try transaction.query("SELECT reason FROM notification.dead_letter ORDER BY id") { try $0.get("reason") }
        }
    }

    /// Rows of a table of notification.
    func count(_ table: String) async throws -> Int64 {
        try await bench.administration.transaction { transaction in
            try transaction.only("SELECT count(*) AS count FROM \(unescaped: "notification.\(table)")").get("count")
        }
    }

    func newAudience() -> AudienceWriter<App> { AudienceWriter(stage: self, point: UUIDv7.make()) }
}

/// A user of an enterprise.
struct Reader: Sendable {
    let ordinal: UInt32
    let enterprise = UUIDv7.make()
    let account = UUIDv7.make()

    init(ordinal: UInt32) { self.ordinal = ordinal }
}

/// Publishes the messages of one audience as the enterprise library does, in their order.
final class AudienceWriter<App: ServiceApp>: Sendable {
    /// Members of a verdict with what each would obtain, in fen.
    struct Part: Sendable {
        let verdict: Zhitongche_Common_V1_Verdict
        let members: [(ordinal: UInt32, fen: Int64)]

        init(_ verdict: Zhitongche_Common_V1_Verdict, _ members: [(UInt32, Int64)]) {
            self.verdict = verdict
            self.members = members.sorted { $0.0 < $1.0 }.map { (ordinal: $0.0, fen: $0.1) }
        }
    }

    let stage: Stage<App>
    let point: String
    private let seq = Mutex<Int64>(0)

    init(stage: Stage<App>, point: String) {
        self.stage = stage
        self.point = point
    }

    private func publish<M: SwiftProtobuf.Message>(_ message: M) async throws {
        let number = seq.withLock { seq in
            seq += 1
            return seq
        }
        let id = UUIDv7.make()
        // Every event twice: the second delivery must change nothing.
        for _ in 0..<2 { try await stage.bench.publish(message, topic: .audiences, key: point, seq: number, id: id) }
    }

    /// Publishes a whole generation, each part as one chunk; `damage` changes the closing message before it is sent.
    func publish(
        generation: Int64, revision: Int32 = 1, title: String = "研发补贴", _ parts: [Part],
        damage: (inout Zhitongche_Enterprise_V1_AudienceClosed) -> Void = { _ in }
    ) async throws {
        for (number, part) in parts.enumerated() {
            try await publish(chunk: Int32(number), generation: generation, revision: revision, part)
        }
        var hash = SHA256()
        for ordinal in parts.flatMap(\.members).map(\.ordinal).sorted() {
            withUnsafeBytes(of: ordinal.bigEndian) { hash.update(bufferPointer: $0) }
        }
        let digest = Data(hash.finalize())
        var closed = Zhitongche_Enterprise_V1_AudienceClosed.with {
            $0.pointID = point
            $0.revision = revision
            $0.generation = generation
            $0.chunks = Int32(parts.count)
            $0.members = Int64(parts.reduce(0) { $0 + $1.members.count })
            $0.ordinalsSha256 = digest
            $0.title = title
        }
        damage(&closed)
        try await publish(closed)
    }

    /// Publishes one chunk.
    func publish(chunk: Int32, generation: Int64, revision: Int32 = 1, _ part: Part) async throws {
        var previous: UInt32 = 0
        let message = Zhitongche_Enterprise_V1_AudienceChunk.with {
            $0.pointID = point
            $0.revision = revision
            $0.generation = generation
            $0.chunk = chunk
            $0.verdict = part.verdict
            for member in part.members {
                $0.ordinalDeltas.append(member.ordinal - previous)
                previous = member.ordinal
            }
            if part.members.contains(where: { $0.fen != 0 }) { $0.estimatedFen = part.members.map(\.fen) }
        }
        try await publish(message)
    }

    /// Publishes the change of one member; no verdict means that it left.
    func publish(
        change ordinal: UInt32, generation: Int64, verdict: Zhitongche_Common_V1_Verdict?, fen: Int64 = 0
    ) async throws {
        try await publish(
            Zhitongche_Enterprise_V1_AudienceMemberChanged.with {
                $0.pointID = point
                $0.generation = generation
                $0.ordinal = ordinal
                $0.member = verdict != nil
                $0.verdict = verdict ?? .unspecified
                $0.estimatedFen = fen
            })
    }

    func dissolve(generation: Int64) async throws {
        try await publish(
            Zhitongche_Enterprise_V1_AudienceDissolved.with {
                $0.pointID = point
                $0.generation = generation
            })
    }
}
