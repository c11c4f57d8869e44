import AppealContracts
import CommonContracts
import DirectoryContracts
import Domain
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import Messaging
import Postgres
import ServiceRuntime
import ServiceTestSupport
import SwiftProtobuf
import TestSupport

@testable import AppealService

typealias V1 = Zhitongche_Appeal_V1_AppealService

/// A running service with a client and the people who use it. Business time begins on Monday 2020-04-20, 10:00 in
/// Asia/Shanghai, before the May holiday.
struct Stage {
    static let roles: [String: [(String, Zhitongche_Directory_V1_Scope)]] = [
        "handler": [
            (Action.submit, .ownUnitAndBelow), (Action.read, .ownUnitAndBelow), (Action.handle, .ownUnitAndBelow),
            (Action.readComplaint, .ownUnitAndBelow), (Action.readSupervision, .all),
            (Action.readRatings, .ownUnitAndBelow),
        ],
        "dispatcher": [
            (Action.dispatch, .region), (Action.dispatchComplaint, .region), (Action.readSupervision, .all),
            (Action.read, .region), (Action.readComplaint, .region),
        ],
        "supervisor": [
            (Action.office, .region), (Action.officeComplaint, .region), (Action.read, .all),
            (Action.readComplaint, .all), (Action.readSupervision, .all), (Action.readRatings, .all),
            (Action.writeRules, .all), (Action.dispatch, .region),
        ],
        "enterprise-user": [(Action.submit, .ownEnterprise), (Action.read, .ownEnterprise)],
        "everything": [("*", .all)],
    ]

    let bench: ServiceBench<AppealApp>
    let handle: ServiceHandle
    let service: V1.Client<HTTP2ClientTransport.Posix>

    static func directory() -> BenchDirectory {
        var directory = BenchDirectory(
            roles: roles,
            units: [
                ("office", "", "370900"), ("finance", "office", "370900"), ("science", "office", "370900"),
                ("rude", "office", "370900"), ("rude-section", "rude", "370900"), ("town", "", "370902"),
                ("elsewhere", "", "371302"),
            ])
        directory.units = directory.units.map { unit in
            var unit = unit
            if unit.unitID == "office" { unit.kind = .leadingGroupOffice }
            return unit
        }
        return directory
    }

    static func bench() async throws -> ServiceBench<AppealApp> {
        try await ServiceBench.make(AppealApp.self, directory: directory())
    }

    /// Runs a body on a service of its own whose clock stands at the beginning.
    static func run(_ body: (Stage) async throws -> Void) async throws {
        let bench = try await bench()
        try await bench.run { handle, client in
            let stage = Stage(bench: bench, handle: handle, service: V1.Client(wrapping: client))
            try await stage.move(to: "2020-04-20T02:00:00Z")
            try await body(stage)
        }
    }

    func move(to text: String) async throws {
        guard let instant = Instant(iso8601: text) else { throw NotReached(description: "no time: \(text)") }
        try await bench.withClient(of: handle) { client in
            _ = try await Zhitongche_Common_V1_DevelopmentService.Client(wrapping: client).moveClock(
                .with { $0.to = Google_Protobuf_Timestamp(instant) }, options: bench.options)
        }
    }

    // The people.
    static let enterprise = "0190a000-0000-7000-8000-000000000001"
    func metadata(_ who: Person) async throws -> Metadata { try await bench.metadata(who.claims(bench.directory)) }

    enum Person {
        case user, otherUser, handler, science, chief, dispatcher, rude, rudeSection, town, stranger, rudeWithAll

        func claims(_ directory: BenchDirectory) -> TokenClaims {
            switch self {
            case .user: directory.enterpriseUser("user", enterprise: Stage.enterprise)
            case .otherUser:
                directory.enterpriseUser("other", enterprise: "0190a000-0000-7000-8000-000000000002")
            case .handler: directory.staff("handler", unit: "finance", roles: ["handler"])
            case .science: directory.staff("science", unit: "science", roles: ["handler"])
            case .chief: directory.staff("chief", unit: "office", roles: ["supervisor"])
            case .dispatcher: directory.staff("dispatcher", unit: "office", roles: ["dispatcher"])
            case .rude: directory.staff("rude", unit: "rude", roles: ["handler"])
            case .rudeSection: directory.staff("rude-section", unit: "rude-section", roles: ["everything"])
            case .town: directory.staff("town", unit: "town", region: "370902", roles: ["handler"])
            case .stranger: directory.staff("stranger", unit: "elsewhere", region: "371302", roles: ["handler"])
            case .rudeWithAll: directory.staff("rude-chief", unit: "rude", roles: ["everything"])
            }
        }
    }

    func submit(
        _ kind: Zhitongche_Appeal_V1_CaseKind = .appeal, by who: Person = .user,
        _ fill: (inout Zhitongche_Appeal_V1_SubmitCaseRequest) -> Void = { _ in }
    ) async throws -> Zhitongche_Appeal_V1_Case {
        var request = Zhitongche_Appeal_V1_SubmitCaseRequest.with {
            $0.requestID = UUIDv7.make()
            $0.kind = kind
            $0.content.title = "贷款审批"
            $0.content.text = "贷款迟迟未批"
            $0.regionCode = "370900"
            if kind == .appeal { $0.namedUnitID = "finance" }
            if kind == .complaint { $0.complainedUnitID = "rude" }
            if kind == .problem { $0.applicantUnitID = "town" }
        }
        fill(&request)
        return try await service.submitCase(request, metadata: metadata(who), options: bench.options).case
    }

    /// Brings a submitted case to a unit that handles it.
    func handled(
        _ one: Zhitongche_Appeal_V1_Case, unit: String = "finance", by who: Person = .handler
    ) async throws -> Zhitongche_Appeal_V1_Case {
        var one = try await accept(one)
        one = try await assign(one, to: unit)
        return try await service.takeUpCase(
            .with {
                $0.requestID = UUIDv7.make()
                $0.caseID = one.caseID
                $0.version = one.version
            }, metadata: metadata(who), options: bench.options
        ).case
    }

    func accept(_ one: Zhitongche_Appeal_V1_Case) async throws -> Zhitongche_Appeal_V1_Case {
        try await service.acceptCase(
            .with {
                $0.requestID = UUIDv7.make()
                $0.caseID = one.caseID
                $0.version = one.version
            }, metadata: metadata(.dispatcher), options: bench.options
        ).case
    }

    func assign(
        _ one: Zhitongche_Appeal_V1_Case, to unit: String, by who: Person = .dispatcher
    ) async throws -> Zhitongche_Appeal_V1_Case {
        try await service.assignCase(
            .with {
                $0.requestID = UUIDv7.make()
                $0.caseID = one.caseID
                $0.version = one.version
                $0.unitID = unit
            }, metadata: metadata(who), options: bench.options
        ).case
    }

    func reply(
        _ one: Zhitongche_Appeal_V1_Case, by who: Person = .handler
    ) async throws -> Zhitongche_Appeal_V1_Case {
        try await service.replyCase(
            .with {
                $0.requestID = UUIDv7.make()
                $0.caseID = one.caseID
                $0.version = one.version
                $0.text = "已批复"
            }, metadata: metadata(who), options: bench.options
        ).case
    }

    func get(_ id: String, as who: Person) async throws -> Zhitongche_Appeal_V1_Case {
        try await service.getCase(.with { $0.caseID = id }, metadata: metadata(who), options: bench.options).case
    }

    func list(as who: Person) async throws -> [String] {
        try await service.listCases(.init(), metadata: metadata(who), options: bench.options).cases.map(\.caseID)
    }

    /// The types on a topic of one case, in their order.
    func events(_ id: String, on topic: Topic = AppealApp.caseEvents) async throws -> [IncomingEvent] {
        try await bench.published(topic).filter { $0.key == id }
    }

    func types(_ id: String, on topic: Topic = AppealApp.caseEvents) async throws -> [String] {
        try await events(id, on: topic).map { $0.type.split(separator: ".").last.map(String.init) ?? "" }
    }

    func texts(_ sql: SQL) async throws -> [String] {
        try await bench.administration.transaction { try $0.query(sql) { try $0.get("text") } }
    }

    /// The code with which a call is refused; nil when it succeeds.
    static func refusal<T>(_ body: () async throws -> T) async -> RPCError.Code? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? RPCError)?.code
        }
    }
}
