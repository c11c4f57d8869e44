import CommonContracts
import DirectoryContracts
import Domain
import EnterpriseContracts
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
import Wire

@testable import EnterpriseService

let pointTopic = Topic.events("policy", "point")

extension ServiceBench<EnterpriseApp> {
    /// A bench with the roles that the directory gives to the enterprise library.
    static func enterprise(environment: [String: String] = [:]) async throws -> ServiceBench {
        let directory = BenchDirectory(roles: [
            "data-steward": [
                ("enterprise.load", .all), ("enterprise.attributes.write", .all), ("enterprise.list.write", .all),
                ("enterprise.read", .all),
            ],
            "handler": [
                ("enterprise.read", .all), ("enterprise.audience.read", .all), ("enterprise.audience.preview", .all),
                ("enterprise.match.read", .all),
            ],
            "operator": [("operations.read", .all), ("operations.act", .all)],
            "watcher": [("operations.read", .all)],
            "unit-leader": [("enterprise.read", .ownUnitAndBelow)],
            "regional": [
                ("enterprise.load", .region), ("enterprise.attributes.write", .region),
                ("enterprise.list.write", .region), ("enterprise.read", .region),
                ("enterprise.audience.read", .region), ("enterprise.audience.preview", .region),
            ],
            "enterprise-user": [
                ("enterprise.read", .ownEnterprise), ("enterprise.match.read", .ownEnterprise),
                ("enterprise.tags.choose", .ownEnterprise),
            ],
        ])
        return try await ServiceBench.make(
            EnterpriseApp.self, directory: directory, topics: [pointTopic, .state("directory", "region")],
            environment: environment.merging(
                ["ZTC_ENTERPRISE_DATA_KEY": Data(repeating: 7, count: 32).base64EncodedString()]) { own, _ in own })
    }

    /// Runs one replica around a body that works with the library.
    func stage<T: Sendable>(_ body: (Stage) async throws -> T) async throws -> T {
        try await run { handle, client in
            let stage = Stage(bench: self, handle: handle, client: client)
            // The keys may be known before the roles are.
            try await eventually {
                try await code {
                    try await stage.library.listLoadErrors(
                        .with { $0.loadID = "none" }, metadata: try await stage.steward, options: stage.options)
                }
            } is: {
                $0 == .notFound
            }
            return try await body(stage)
        }
    }
}

/// The library as people use it.
struct Stage: ServiceVisit {
    let bench: ServiceBench<EnterpriseApp>
    let handle: ServiceHandle
    let client: GRPCClient<HTTP2ClientTransport.Posix>

    var library: Zhitongche_Enterprise_V1_EnterpriseService.Client<HTTP2ClientTransport.Posix> {
        .init(wrapping: client)
    }
    var steward: Metadata {
        get async throws { try await bench.metadata(bench.directory.staff("steward", roles: ["data-steward"])) }
    }
    var handler: Metadata {
        get async throws { try await bench.metadata(bench.directory.staff("handler", roles: ["handler"])) }
    }

    func user(_ account: String, enterprise: String?) async throws -> Metadata {
        try await bench.metadata(bench.directory.enterpriseUser(account, enterprise: enterprise))
    }

    func load(
        _ csv: String, id: String = newID(), source: String = "legal-person-database", piece: Int = 1_000,
        failingAfter limit: Int? = nil, beforeFailing wait: @escaping @Sendable () async throws -> Void = {}
    ) async throws -> Zhitongche_Enterprise_V1_LoadEnterprisesResponse {
        let bytes = Array(csv.utf8)
        // Some files have thousands of rows, and the machine may do much else.
        var options = options
        options.timeout = .seconds(120)
        return try await library.loadEnterprises(metadata: try await steward, options: options) { writer in
            try await writer.write(
                .with {
                    $0.header = .with {
                        $0.loadID = id
                        $0.source = source
                    }
                })
            for start in stride(from: 0, to: bytes.count, by: piece) {
                if let limit, start >= limit {
                    try await wait()
                    throw CutOff()
                }
                let data = Data(bytes[start..<min(start + piece, bytes.count)])
                try await writer.write(.with { $0.data = data })
            }
        }
    }

    func enterprise(_ row: Row) async throws -> Zhitongche_Enterprise_V1_Enterprise {
        try await library.getEnterprise(
            .with { $0.creditCode = row.code }, metadata: try await steward, options: options
        ).enterprise
    }

    func publish(_ point: String, seq: Int64 = 1, revision: Int32 = 1, id: String = newID(), _ content: Content)
        async throws
    {
        try await bench.publish(
            Zhitongche_Policy_V1_PointPublished.with {
                $0.pointID = point
                $0.documentID = newID()
                $0.revision = revision
                $0.content = content
                $0.publishedAt = Google_Protobuf_Timestamp(.now)
            }, topic: pointTopic, key: point, seq: seq, id: id)
    }

    func audience(_ point: String) async throws -> Zhitongche_Enterprise_V1_GetAudienceResponse {
        try await library.getAudience(
            .with { $0.pointID = point }, metadata: try await handler, options: options)
    }

    /// Waits until a point's audience has so many members by verdict.
    @discardableResult
    func audience(
        _ point: String, met: Int64, notMet: Int64, unknown: Int64
    ) async throws -> Zhitongche_Enterprise_V1_GetAudienceResponse {
        let reached = try await eventually(within: .seconds(60)) {
            do {
                return try await audience(point) as Zhitongche_Enterprise_V1_GetAudienceResponse?
            } catch let error as RPCError where error.code == .notFound {
                return nil
            }
        } is: { answer in
            guard let counts = answer?.figures.counts else { return false }
            return (counts.met, counts.notMet, counts.unknown) == (met, notMet, unknown)
        }
        guard let reached else { throw NotReached(description: "no audience") }
        return reached
    }

    /// The audience's events in their order, once the relay has published everything.
    func audienceEvents(_ point: String) async throws -> [IncomingEvent] {
        try await eventually {
            try await bench.administration.transaction { tx in
                try tx.only("SELECT count(*) AS n FROM enterprise.pending").get("n", as: Int64.self)
            }
        } is: {
            $0 == 0
        }
        return try await bench.published(EnterpriseTopics.audience).filter { $0.key == point }
    }

    func query(_ sql: SQL) async throws -> Int64 {
        try await bench.administration.transaction { try $0.only(sql).get("n") }
    }
}

/// The client was cut off in the middle of a file.
struct CutOff: Error {}

typealias Content = Zhitongche_Policy_V1_PointContent

extension Content {
    /// A point with an exact audience.
    static func sample(
        _ condition: Condition, benefit: Benefit = .fixed(Money(fen: 10_000)), exact: Bool = false, minimum: Int32 = 1
    ) -> Content {
        .with {
            $0.title = "首次认定高新技术企业奖励"
            $0.tags = [
                .with {
                    $0.dimension = .industry
                    $0.code = "C"
                }
            ]
            $0.condition = condition.wire
            $0.benefit = benefit.wire
            $0.audience.exact = exact
            $0.audience.minimumEqualDimensions = exact ? 0 : minimum
        }
    }
}

/// A row of a registry file.
struct Row: Sendable {
    static let header =
        "credit_code,name,representative,nature,region,address,industry,founded_on,capital_fen,status,employees,"
        + "revenue_fen,assets_fen,figures_year"

    let code: String
    var name: String
    var representative = "张三"
    var nature = "private"
    var region = "370902"
    var address = ""
    var industry = "3511"
    var foundedOn = "2012-05-06"
    var capital = "500000000"
    var status = "active"
    var employees = ""
    var revenue = ""
    var assets = ""
    var year = ""

    init(_ number: Int) throws {
        let digits = String(number)
        code = try CreditCode.make(
            registrationAuthority: "9", category: "1", region: RegionCode("370902"),
            organisation: "MA" + String(repeating: "0", count: 6 - digits.count) + digits
        ).text
        name = "泰安第\(number)制造有限公司"
    }

    func with(_ change: (inout Row) -> Void) -> Row {
        var row = self
        change(&row)
        return row
    }

    var text: String {
        [
            code, name, representative, nature, region, address, industry, foundedOn, capital, status, employees,
            revenue,
            assets, year,
        ].map { field in
            field.contains(where: { "\",\n".contains($0) })
                ? "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
                : field
        }.joined(separator: ",")
    }

    static func file(_ rows: [Row]) -> String { ([header] + rows.map(\.text)).joined(separator: "\n") + "\n" }
}
