import AppealContracts
import CommonContracts
import Foundation
import GRPCCore

typealias AppealClient = Zhitongche_Appeal_V1_AppealService.Client<OperatorTransport>
typealias AppealCase = Zhitongche_Appeal_V1_Case

// Steps that cases have in common.
extension Scenario {
    /// Submits a case; the request gets its identifier here.
    func submit(as login: String, _ content: Zhitongche_Appeal_V1_SubmitCaseRequest) async throws -> AppealCase {
        var request = content
        request.requestID = UUID().uuidString
        return try await at("appeal", as: login) { [request] client, bearer in
            try await AppealClient(wrapping: client).submitCase(request: bearer.request(request), options: .ordinary)
                .case
        }
    }

    func assign(_ id: String, to unit: String, as login: String) async throws {
        try await change(id, as: login) { appeal, bearer, version in
            try await appeal.assignCase(
                request: bearer.request(
                    .with {
                        $0.set(id, version)
                        $0.unitID = unit
                    }), options: .ordinary
            ).case
        }
    }

    func takeUp(_ id: String, as login: String) async throws {
        try await change(id, as: login) { appeal, bearer, version in
            try await appeal.takeUpCase(
                request: bearer.request(.with { $0.set(id, version) }), options: .ordinary
            ).case
        }
    }

    func reply(_ id: String, as login: String, _ text: String) async throws -> AppealCase {
        try await change(id, as: login) { appeal, bearer, version in
            try await appeal.replyCase(
                request: bearer.request(
                    .with {
                        $0.set(id, version)
                        $0.text = text
                    }), options: .ordinary
            ).case
        }
    }

    func rate(_ id: String, as login: String, mark: Int32, _ words: String) async throws -> AppealCase {
        try await change(id, as: login) { appeal, bearer, version in
            try await appeal.rateCase(
                request: bearer.request(
                    .with {
                        $0.set(id, version)
                        $0.mark = mark
                        $0.words = words
                    }), options: .ordinary
            ).case
        }
    }

    /// A case as a post sees it.
    func found(_ id: String, as login: String) async throws -> AppealCase {
        try await at("appeal", as: login) { client, bearer in
            try await AppealClient(wrapping: client)
                .getCase(request: bearer.request(.with { $0.caseID = id }), options: .ordinary).case
        }
    }

    /// Changes a case as it is now; read anew when a timer or somebody else was faster.
    @discardableResult
    func change(
        _ id: String, as login: String,
        _ call: (AppealClient, Bearer, _ version: Int64) async throws -> AppealCase
    ) async throws -> AppealCase {
        try await at("appeal", as: login) { client, bearer in
            let appeal = AppealClient(wrapping: client)
            return try await whileOvertaken {
                let version = try await appeal.getCase(
                    request: bearer.request(.with { $0.caseID = id }), options: .ordinary
                ).case.version
                return try await call(appeal, bearer, version)
            }
        }
    }

    /// Repeats a change that was made by a version that is no longer the newest, a few times.
    func whileOvertaken<Answer>(_ change: () async throws -> Answer) async throws -> Answer {
        for _ in 1..<5 {
            do {
                return try await change()
            } catch let error as RPCError where error.code == .aborted {
                continue
            }
        }
        return try await change()
    }
}

/// Requests that change a case.
protocol CaseRequest {
    var requestID: String { get set }
    var caseID: String { get set }
    var version: Int64 { get set }
}

extension CaseRequest {
    /// Says which case, by which version, under a fresh identifier.
    mutating func set(_ id: String, _ version: Int64) {
        requestID = UUID().uuidString
        caseID = id
        self.version = version
    }
}

extension Zhitongche_Appeal_V1_AcceptCaseRequest: CaseRequest {}
extension Zhitongche_Appeal_V1_AssignCaseRequest: CaseRequest {}
extension Zhitongche_Appeal_V1_TakeUpCaseRequest: CaseRequest {}
extension Zhitongche_Appeal_V1_ReplyCaseRequest: CaseRequest {}
extension Zhitongche_Appeal_V1_ResolveCaseRequest: CaseRequest {}
extension Zhitongche_Appeal_V1_RateCaseRequest: CaseRequest {}
extension Zhitongche_Appeal_V1_WriteOffCaseRequest: CaseRequest {}

extension Zhitongche_Common_V1_Date {
    /// The day as people write it.
    var text: String { "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)" }
}
