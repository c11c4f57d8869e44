import AppealContracts
import AssessmentContracts
import CommonContracts
import DirectoryContracts
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import Kafka
import Messaging
import PolicyContracts
import Postgres
import ProjectContracts
import ServiceRuntime
import ServiceTestSupport
import SwiftProtobuf
import TestSupport

@testable import AssessmentService

extension ServiceBench<AssessmentApp> {
    /// A bench with the roles that the directory gives to assessment.
    static func assessment() async throws -> ServiceBench {
        let directory = BenchDirectory(roles: [
            "drafter": [
                ("assessment.target.draft", .ownUnitAndBelow), ("assessment.value.report", .ownUnitAndBelow),
                ("assessment.value.read", .ownUnitAndBelow), ("assessment.result.trace", .ownUnitAndBelow),
            ],
            "verifier": [("assessment.value.verify", .ownUnitAndBelow), ("assessment.value.read", .all)],
            "assessor": [
                ("assessment.tier.write", .all), ("assessment.indicator.write", .all),
                ("assessment.target.review", .all),
                ("assessment.scheme.write", .all), ("assessment.result.compute", .all),
                ("assessment.result.trace", .all), ("assessment.award.write", .all), ("assessment.award.read", .all),
                ("assessment.value.read", .all),
            ],
            "leader": [
                ("assessment.target.approve", .all), ("assessment.scheme.publish", .all),
                ("assessment.result.publish", .all), ("assessment.award.read", .all),
            ],
        ])
        return try await ServiceBench.make(AssessmentApp.self, directory: directory, topics: Evidence.topics)
    }

    /// Runs one replica around a body that works with the office as different people.
    func office<T: Sendable>(_ body: (Office) async throws -> T) async throws -> T {
        try await run { handle, client in
            try await body(Office(bench: self, handle: handle, client: client))
        }
    }
}

/// The people of the tests.
enum Person: String, Sendable, CaseIterable {
    case drafter, far, verifier, assessor, leader, nobody, enterprise
}

/// Assessment as people use it.
struct Office: ServiceVisit {
    let bench: ServiceBench<AssessmentApp>
    let handle: ServiceHandle
    let client: GRPCClient<HTTP2ClientTransport.Posix>

    var calls: Zhitongche_Assessment_V1_AssessmentService.Client<HTTP2ClientTransport.Posix> { .init(wrapping: client) }

    func metadata(_ person: Person) async throws -> Metadata {
        let directory = bench.directory
        let claims =
            switch person {
            case .drafter: directory.staff("drafter", unit: "finance", roles: ["drafter"])
            case .far: directory.staff("far", unit: "elsewhere", region: "371302", roles: ["drafter"])
            case .verifier: directory.staff("verifier", unit: "office", roles: ["verifier"])
            case .assessor: directory.staff("assessor", roles: ["assessor"])
            case .leader: directory.staff("leader", roles: ["leader"])
            case .nobody: directory.staff("nobody", unit: "finance", roles: [])
            case .enterprise: directory.enterpriseUser("boss", enterprise: newID())
            }
        return try await bench.metadata(claims)
    }

    /// Puts units into the tier of counties.
    @discardableResult
    func counties(_ units: [String]) async throws -> Int32 {
        try await calls.changeTier(
            .with {
                $0.requestID = newID()
                $0.tier = .county
                $0.addedUnitIds = units
            }, metadata: try await metadata(.assessor), options: options
        ).size
    }

    func define(
        _ id: String, change: (inout Zhitongche_Assessment_V1_Indicator) -> Void = { _ in }
    ) async throws -> Zhitongche_Assessment_V1_Indicator {
        var indicator = Zhitongche_Assessment_V1_Indicator.with {
            $0.indicatorID = id
            $0.name = "到位资金"
            $0.measure = "亿元"
            $0.decimals = 2
            $0.direction = .more
            $0.source = .reports
            $0.period = .month
            $0.reportDays = 10
            $0.ownerUnitID = "finance"
        }
        change(&indicator)
        let sent = indicator
        return try await calls.setIndicator(
            .with {
                $0.requestID = newID()
                $0.indicator = sent
            }, metadata: try await metadata(.assessor), options: options
        ).indicator
    }

    /// An indicator that is counted from events.
    func derived(
        _ id: String, _ derivation: Zhitongche_Assessment_V1_Derivation
    ) async throws -> Zhitongche_Assessment_V1_Indicator {
        try await define(id) {
            $0.measure = "%"
            $0.source = .events
            $0.derivation = derivation
            $0.reportDays = 0
        }
    }

    func draft(
        _ indicator: String, _ content: Zhitongche_Assessment_V1_TargetContent, by person: Person = .drafter,
        year: Int32 = 2020, request: String = newID()
    ) async throws -> Zhitongche_Assessment_V1_Targets {
        try await calls.draftTargets(
            .with {
                $0.requestID = request
                $0.indicatorID = indicator
                $0.year = year
                $0.content = content
            }, metadata: try await metadata(person), options: options
        ).targets
    }

    /// Brings a draft into force by three posts.
    func approve(_ targets: Zhitongche_Assessment_V1_Targets) async throws -> Zhitongche_Assessment_V1_Targets {
        let submitted = try await calls.submitTargets(
            .with { ($0.requestID, $0.targetsID, $0.version) = (newID(), targets.targetsID, targets.version) },
            metadata: try await metadata(.drafter), options: options
        ).targets
        let reviewed = try await calls.reviewTargets(
            .with { ($0.requestID, $0.targetsID, $0.version) = (newID(), targets.targetsID, submitted.version) },
            metadata: try await metadata(.assessor), options: options
        ).targets
        return try await calls.approveTargets(
            .with { ($0.requestID, $0.targetsID, $0.version) = (newID(), targets.targetsID, reviewed.version) },
            metadata: try await metadata(.leader), options: options
        ).targets
    }

    func report(
        _ indicator: String, _ unit: String, _ text: (Int64, Int32), month: Int32 = 3, year: Int32 = 2020,
        by person: Person = .drafter, request: String = newID()
    ) async throws -> Zhitongche_Assessment_V1_Value {
        try await calls.reportValue(
            .with {
                $0.requestID = request
                $0.indicatorID = indicator
                $0.unitID = unit
                $0.period = .month(month, year)
                $0.value = .of(text.0, text.1)
            }, metadata: try await metadata(person), options: options
        ).value
    }

    /// A scheme of the counties in force.
    func scheme(
        _ nodes: [Zhitongche_Assessment_V1_SchemeNode]
    ) async throws -> Zhitongche_Assessment_V1_Scheme {
        let draft = try await calls.draftScheme(
            .with {
                $0.requestID = newID()
                $0.tier = .county
                $0.content.name = "县市区考核方案"
                $0.content.nodes = nodes
            }, metadata: try await metadata(.assessor), options: options
        ).scheme
        return try await calls.publishScheme(
            .with { ($0.requestID, $0.schemeID, $0.version) = (newID(), draft.schemeID, draft.version) },
            metadata: try await metadata(.leader), options: options
        ).scheme
    }

    func compute(_ period: Zhitongche_Assessment_V1_AssessmentPeriod) async throws -> Zhitongche_Assessment_V1_Result {
        try await calls.computeResult(
            .with {
                $0.requestID = newID()
                $0.tier = .county
                $0.period = period
            }, metadata: try await metadata(.assessor), options: options
        ).result
    }

    func publish(_ result: Zhitongche_Assessment_V1_Result) async throws -> Zhitongche_Assessment_V1_Result {
        try await calls.publishResult(
            .with { ($0.requestID, $0.resultID, $0.version) = (newID(), result.resultID, result.version) },
            metadata: try await metadata(.leader), options: options
        ).result
    }

    func scores(_ id: String) async throws -> [Zhitongche_Assessment_V1_UnitScore] {
        try await calls.listScores(
            .with { ($0.resultID, $0.withNodes, $0.pageSize) = (id, true, 200) },
            metadata: try await metadata(.assessor),
            options: options
        ).scores
    }

    func recompute(_ id: String) async throws -> Zhitongche_Assessment_V1_RecomputeResultResponse {
        try await calls.recomputeResult(
            .with { ($0.requestID, $0.resultID) = (newID(), id) }, metadata: try await metadata(.assessor),
            options: options)
    }

    /// Waits until so many events have been consumed.
    func consumed(_ count: Int64) async throws {
        try await eventually(within: .seconds(60)) {
            try await bench.administration.transaction {
                try $0.only("SELECT count(*) AS n FROM assessment.consumed_event").get("n", as: Int64.self)
            }
        } is: {
            $0 >= count
        }
    }
}

extension Zhitongche_Common_V1_Decimal {
    static func of(_ unscaled: Int64, _ scale: Int32 = 0) -> Self {
        .with { ($0.unscaled, $0.scale) = (unscaled, scale) }
    }
}

extension Zhitongche_Assessment_V1_AssessmentPeriod {
    static func month(_ number: Int32, _ year: Int32 = 2020) -> Self {
        .with { ($0.kind, $0.year, $0.number) = (.month, year, number) }
    }
}

extension Zhitongche_Assessment_V1_TargetContent {
    /// A whole by weights.
    static func weights(_ total: Zhitongche_Common_V1_Decimal, _ weights: [(String, Int64)]) -> Self {
        .with {
            $0.method.weights.total = total
            $0.method.weights.shares = weights.map { unit, weight in
                .with { ($0.unitID, $0.base) = (unit, .of(weight)) }
            }
        }
    }

    /// Rows as a document sets them.
    static func set(_ total: Zhitongche_Common_V1_Decimal, _ rows: [(String, Zhitongche_Common_V1_Decimal)]) -> Self {
        .with {
            $0.method.set.total = total
            $0.method.set.source = "附件2"
            $0.method.set.rows = rows.map { unit, target in .with { ($0.unitID, $0.target) = (unit, target) } }
        }
    }
}

extension Zhitongche_Assessment_V1_SchemeNode {
    /// A leaf at the top.
    static func leaf(
        _ code: String, _ weight: Int64, _ indicator: String,
        _ function: Zhitongche_Assessment_V1_ScoringFunction.OneOf_Function
    ) -> Self {
        .with {
            $0.code = code
            $0.name = code
            $0.weight = .of(weight)
            $0.indicatorID = indicator
            $0.function.function = function
        }
    }
}

/// A case's facts as appeal would publish them.
func facts(_ id: String, unit: String, round: Int32 = 1, onTime: Bool = false, submitted: Google_Protobuf_Timestamp)
    -> Zhitongche_Appeal_V1_CaseFacts
{
    .with {
        $0.caseID = id
        $0.unitID = unit
        $0.kind = .appeal
        $0.round = round
        $0.onTime = onTime
        $0.submittedAt = submitted
    }
}

/// The start of a day in Asia/Shanghai, and an hour more.
func time(_ year: Int, _ month: Int, _ day: Int) throws -> Google_Protobuf_Timestamp {
    Google_Protobuf_Timestamp(BusinessClock.start(of: try .init(year: year, month: month, day: day)) + .seconds(3_600))
}

extension IncomingEvent {
    /// An event as the inbox would hand it over; what is in it does not matter.
    static func sample(id: String, seq: Int64) throws -> IncomingEvent {
        try IncomingEvent(
            KafkaMessage(
                topic: "ztc.appeal.case.events.v1", partition: 0, offset: seq, key: Array("case".utf8), value: [],
                headers: .envelope(id: id, type: "sample", key: "case", seq: seq)))
    }
}
