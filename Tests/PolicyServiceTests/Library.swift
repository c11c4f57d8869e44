import CommonContracts
import DirectoryContracts
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import Messaging
import PolicyContracts
import Postgres
import ServiceRuntime
import ServiceTestSupport
import SwiftProtobuf
import TestSupport

@testable import PolicyService

typealias Wire = Zhitongche_Policy_V1_Point
typealias Content = Zhitongche_Policy_V1_PointContent

extension ServiceBench<PolicyApp> {
    /// A bench with the roles that the directory gives to the policy library.
    static func policy() async throws -> ServiceBench {
        let handler: [(String, Zhitongche_Directory_V1_Scope)] = [
            ("policy.document.write", .ownUnitAndBelow), ("policy.point.draft", .ownUnitAndBelow),
            ("policy.point.read", .all),
        ]
        let reviewer: [(String, Zhitongche_Directory_V1_Scope)] = [
            ("policy.point.review", .ownUnitAndBelow), ("policy.point.read", .ownUnitAndBelow),
        ]
        let directory = BenchDirectory(roles: [
            "handler": handler, "reviewer": reviewer,
            "publisher": reviewer + [("policy.point.publish", .ownUnitAndBelow)],
            "both": handler + [("policy.point.publish", .ownUnitAndBelow)],
            "subscriber": [("events.read", .all)],
            "operator": [("operations.read", .all), ("operations.act", .all)],
        ])
        return try await ServiceBench.make(PolicyApp.self, directory: directory)
    }

    /// Runs one replica around a body that works with the library as different people.
    func library<T: Sendable>(_ body: (Library) async throws -> T) async throws -> T {
        try await run { handle, client in
            try await body(Library(bench: self, handle: handle, client: client))
        }
    }
}

/// The people of the tests.
enum Person: Sendable {
    case handler, other, publisher, farPublisher, reviewer, farReviewer, both, enterprise, nobody
}

/// The library as people use it.
struct Library: ServiceVisit {
    let bench: ServiceBench<PolicyApp>
    let handle: ServiceHandle
    let client: GRPCClient<HTTP2ClientTransport.Posix>

    var policy: Zhitongche_Policy_V1_PolicyService.Client<HTTP2ClientTransport.Posix> { .init(wrapping: client) }

    func metadata(_ person: Person) async throws -> Metadata {
        let directory = bench.directory
        let claims =
            switch person {
            case .handler: directory.staff("handler", unit: "finance", roles: ["handler"])
            case .other: directory.staff("other", unit: "office", roles: ["handler"])
            case .publisher: directory.staff("publisher", unit: "finance", roles: ["publisher"])
            case .farPublisher: directory.staff("far", unit: "science", roles: ["publisher"])
            case .reviewer: directory.staff("reviewer", unit: "finance", roles: ["reviewer"])
            case .farReviewer: directory.staff("far-reviewer", unit: "science", roles: ["reviewer"])
            case .both: directory.staff("both", unit: "office", roles: ["both"])
            case .enterprise: directory.enterpriseUser("boss", enterprise: newID())
            case .nobody: directory.staff("nobody", unit: "finance", roles: [])
            }
        return try await bench.metadata(claims)
    }

    func enter(
        _ number: String = "〔2020〕\(newID())号", unit: String = "finance", by person: Person = .handler,
        request: String = newID(), change: (inout Zhitongche_Policy_V1_Document) -> Void = { _ in }
    ) async throws -> Zhitongche_Policy_V1_Document {
        var document = Zhitongche_Policy_V1_Document.with {
            $0.number = number
            $0.title = "关于加快工业经济发展的通知"
            $0.issuingUnitIds = [unit]
            $0.level = .city
            $0.kind = .supportive
            $0.issuedOn = .with { ($0.year, $0.month, $0.day) = (2020, 4, 17) }
        }
        change(&document)
        let sent = document
        return try await policy.createDocument(
            .with {
                $0.requestID = request
                $0.document = sent
            }, metadata: try await metadata(person), options: options
        ).document
    }

    func draft(
        _ content: Content = .sample(), of document: String, by person: Person = .handler, request: String = newID()
    ) async throws -> Wire {
        try await policy.draftPoint(
            .with {
                $0.requestID = request
                $0.documentID = document
                $0.content = content
            }, metadata: try await metadata(person), options: options
        ).point
    }

    func edit(
        _ point: Wire, _ content: Content, by person: Person = .handler, request: String = newID()
    ) async throws -> Wire {
        try await policy.editPoint(
            .with {
                $0.requestID = request
                $0.pointID = point.pointID
                $0.version = point.version
                $0.content = content
            }, metadata: try await metadata(person), options: options
        ).point
    }

    func submit(_ point: Wire, by person: Person = .handler) async throws -> Wire {
        try await policy.submitPoint(
            .with {
                $0.requestID = newID()
                $0.pointID = point.pointID
                $0.version = point.version
            }, metadata: try await metadata(person), options: options
        ).point
    }

    func sendBack(_ point: Wire, reason: String, by person: Person = .reviewer) async throws -> Wire {
        try await policy.returnPoint(
            .with {
                $0.requestID = newID()
                $0.pointID = point.pointID
                $0.version = point.version
                $0.reason = reason
            }, metadata: try await metadata(person), options: options
        ).point
    }

    func publish(_ point: Wire, by person: Person = .publisher, request: String = newID()) async throws -> Wire {
        try await policy.publishPoint(
            .with {
                $0.requestID = request
                $0.pointID = point.pointID
                $0.version = point.version
            }, metadata: try await metadata(person), options: options
        ).point
    }

    func revise(_ point: Wire, by person: Person = .handler) async throws -> Wire {
        try await policy.revisePoint(
            .with {
                $0.requestID = newID()
                $0.pointID = point.pointID
                $0.version = point.version
            }, metadata: try await metadata(person), options: options
        ).point
    }

    func withdraw(_ point: Wire, by person: Person = .publisher) async throws -> Wire {
        try await policy.withdrawPoint(
            .with {
                $0.requestID = newID()
                $0.pointID = point.pointID
                $0.version = point.version
                $0.reason = "上级政策调整"
            }, metadata: try await metadata(person), options: options
        ).point
    }

    func get(_ id: String, revision: Int32 = 0, as person: Person = .handler) async throws -> Wire {
        try await policy.getPoint(
            .with {
                $0.pointID = id
                $0.revision = revision
            }, metadata: try await metadata(person), options: options
        ).point
    }

    func list(
        as person: Person = .handler, change: (inout Zhitongche_Policy_V1_ListPointsRequest) -> Void = { _ in }
    ) async throws -> Zhitongche_Policy_V1_ListPointsResponse {
        var request = Zhitongche_Policy_V1_ListPointsRequest()
        change(&request)
        return try await policy.listPoints(request, metadata: try await metadata(person), options: options)
    }

    func search(
        _ query: String, as person: Person = .enterprise,
        change: (inout Zhitongche_Policy_V1_SearchPointsRequest) -> Void = { _ in }
    ) async throws -> Zhitongche_Policy_V1_SearchPointsResponse {
        var request = Zhitongche_Policy_V1_SearchPointsRequest()
        request.query = query
        change(&request)
        return try await policy.searchPoints(request, metadata: try await metadata(person), options: options)
    }

    /// A published point.
    func published(_ content: Content = .sample()) async throws -> Wire {
        let document = try await enter()
        return try await publish(try await submit(try await draft(content, of: document.documentID)))
    }
}

extension Content {
    /// A sound content.
    static func sample(title: String = "新三板挂牌奖励", change: (inout Content) -> Void = { _ in }) -> Content {
        var content = Content.with {
            $0.title = title
            $0.summary = "企业挂牌以后可以一次拿到奖励。"
            $0.clause = "挂牌成功是唯一前提。"
            $0.responsibleUnitID = "finance"
            $0.level = .city
            $0.kind = .supportive
            $0.tags = [.with { ($0.dimension, $0.code) = (.policyType, "award") }]
            $0.condition = .listed("neeq-companies")
            $0.benefit.fixed.fen = 100_000_000
            $0.audience.exact = true
            $0.mode = .application
        }
        change(&content)
        return content
    }
}

extension Zhitongche_Common_V1_Condition {
    static func listed(_ list: String) -> Self { .with { $0.list.list = list } }
}
