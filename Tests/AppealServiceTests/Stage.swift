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
struct Stage: ServiceVisit {
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
        "bank": [(Action.submitForBank, .ownUnit), (Action.read, .ownUnit)],
        "everything": [("*", .all)],
    ]

    let bench: ServiceBench<AppealApp>
    let handle: ServiceHandle
    let client: GRPCClient<HTTP2ClientTransport.Posix>

    var service: V1.Client<HTTP2ClientTransport.Posix> { .init(wrapping: client) }

    static func directory() -> BenchDirectory {
        var directory = BenchDirectory(
            roles: roles,
            units: [
                ("office", "", "370900"), ("finance", "office", "370900"), ("science", "office", "370900"),
                ("rude", "office", "370900"), ("rude-section", "rude", "370900"), ("town", "", "370902"),
                ("elsewhere", "", "371302"), ("former", "office", "370900"), ("heir", "office", "370900"),
                ("bank", "", "370900"),
            ])
        directory.units = directory.units.map { unit in
            var unit = unit
            if unit.unitID == "former" {
                unit.active.end = .with { ($0.year, $0.month, $0.day) = (2020, 4, 1) }
                unit.successorIds = ["heir"]
            }
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
            let stage = Stage(bench: bench, handle: handle, client: client)
            try await stage.move(to: "2020-04-20T02:00:00Z")
            try await body(stage)
        }
    }

    static func day(_ text: String) throws -> CivilDate { try CivilDate(text) }

    func move(to text: String) async throws {
        try await bench.withClient(of: handle) { try await $0.moveClock(to: text) }
    }

    // The people.
    static let enterprise = "0190a000-0000-7000-8000-000000000001"
    func metadata(_ who: Person) async throws -> Metadata { try await bench.metadata(who.claims(bench.directory)) }

    enum Person {
        case user, otherUser, handler, science, chief, dispatcher, rude, rudeSection, town, stranger, rudeWithAll, heir
        case bank, otherChief

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
            case .bank: directory.staff("bank", unit: "bank", roles: ["bank"])
            case .otherChief:
                directory.staff("other-chief", unit: "elsewhere", region: "371302", roles: ["supervisor"])
            case .heir: directory.staff("heir", unit: "heir", roles: ["everything"])
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
            .on(one), metadata: metadata(who), options: bench.options
        ).case
    }

    func accept(_ one: Zhitongche_Appeal_V1_Case) async throws -> Zhitongche_Appeal_V1_Case {
        try await service.acceptCase(
            .on(one), metadata: metadata(.dispatcher), options: bench.options
        ).case
    }

    func assign(
        _ one: Zhitongche_Appeal_V1_Case, to unit: String, by who: Person = .dispatcher
    ) async throws -> Zhitongche_Appeal_V1_Case {
        try await service.assignCase(
            .on(one) { $0.unitID = unit }, metadata: metadata(who), options: bench.options
        ).case
    }

    func reply(
        _ one: Zhitongche_Appeal_V1_Case, by who: Person = .handler
    ) async throws -> Zhitongche_Appeal_V1_Case {
        try await service.replyCase(
            .on(one) { $0.text = "已批复" }, metadata: metadata(who), options: bench.options
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

    /// The messages of a type about one case, in their order, as soon as there are some.
    func messages<M: AboutCase>(
        _ type: M.Type, of id: String, on topic: Topic = AppealApp.caseEvents
    ) async throws -> [M] {
        try await eventually {
            try await bench.published(type, on: topic).filter { $0.case.caseID == id }
        } is: {
            !$0.isEmpty
        }
    }

    /// The reminders of a case so far as "kind subject last-day".
    func reminders(_ id: String) async throws -> [String] {
        try await bench.published(Zhitongche_Appeal_V1_ReminderDue.self, on: AppealApp.caseEvents)
            .filter { $0.case.caseID == id }.map { one in
                let last = try BusinessClock.date(of: Instant(one.dueAt) - .seconds(1))
                return "\(one.kind) \(one.subject) \(last)"
            }
    }

    /// Waits until every timer that was due by a moment has fired.
    func waitForTimers(until moment: String) async throws {
        try await eventually(within: .seconds(60)) {
            try await texts(
                """
                SELECT count(*)::text AS text FROM appeal.timer
                WHERE fired_at IS NULL AND due_at <= \(moment)::timestamptz
                """)
        } is: {
            $0 == ["0"]
        }
    }

    func trail(_ id: String, as who: Person) async throws -> [Zhitongche_Appeal_V1_Step] {
        try await service.listTrail(.with { $0.caseID = id }, metadata: metadata(who), options: options).steps
    }

    func texts(_ sql: SQL) async throws -> [String] {
        try await bench.administration.transaction { try $0.query(sql) { try $0.get("text") } }
    }
}

extension CaseCommandRequest {
    /// A command on a case as it was seen last.
    static func on(_ one: Zhitongche_Appeal_V1_Case, _ fill: (inout Self) -> Void = { _ in }) -> Self {
        .with {
            $0.requestID = UUIDv7.make()
            $0.caseID = one.caseID
            $0.version = one.version
            fill(&$0)
        }
    }
}
