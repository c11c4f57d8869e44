import DirectoryContracts
import DirectoryDomain
import Domain
import Foundation
import Postgres
import ServiceRuntime
import SwiftProtobuf

extension DirectoryParts {
    /// Collected entries of the audit, the newest first; reading them is audited in the same transaction (DIR-8).
    func listAuditEntries(_ request: Zhitongche_Directory_V1_ListAuditEntriesRequest) async throws
        -> Zhitongche_Directory_V1_ListAuditEntriesResponse
    {
        let caller = try CallContext.caller
        let size = try page(size: request.pageSize)
        let filter = try CollectedAudit.Filter(request)
        if !request.unitID.isEmpty { try caller.require("audit.read", unit: request.unitID) }
        let words = filter.words
        let hash = PageToken.hash(of: ["audit"] + words)
        let after = try PageToken.decode(request.pageToken, filterHash: hash, columns: 2).map { token in
            CollectedAudit.Position(
                recordedAt: Instant(microseconds: Int64(try token.integer(0, in: 0...4_102_444_800_000_000))),
                id: Int64(try token.integer(1, in: 0...)))
        }
        return try await perform { work in
            var filter = filter
            if filter.units == nil { filter.units = try Self.units(in: caller, for: "audit.read", work.tx) }
            let found = try CollectedAudit.list(filter, after: after, limit: size + 1, work.tx)
            try work.audit(.done, object: "audit", detail: words.filter { !$0.hasSuffix("=") }.joined(separator: " "))
            let (shown, next) = paged(found, size: size, filter: hash) {
                ["\($0.entry.recordedAt.microseconds)", "\($0.id)"]
            }
            return .with {
                $0.entries = shown.map(\.wire)
                $0.nextPageToken = next
            }
        }
    }

    /// The newest collected head of every service (DIR-8).
    func getAuditHeads() async throws -> Zhitongche_Directory_V1_GetAuditHeadsResponse {
        let caller = try CallContext.caller
        guard caller.scope(of: "audit.read") == .all else {
            throw Problem.denied("heads are for those who may read the whole audit", reason: .scopeDenied)
        }
        return try await perform { work in
            let heads = try CollectedAudit.heads(work.tx)
            try work.audit(.done, object: "audit", detail: "heads")
            return .with { answer in
                answer.heads = heads.map { head, sealedAt, faults in
                    .with {
                        $0.service = head.service
                        $0.batch = head.batch
                        $0.lastPlace = head.lastPlace
                        $0.head = Data(head.head)
                        $0.sealedAt = Google_Protobuf_Timestamp(sealedAt)
                        $0.faults = faults
                    }
                }
            }
        }
    }
}

extension CollectedAudit.Filter {
    /// The filter of a request.
    ///
    /// - Throws: ``Problem`` INVALID_ARGUMENT naming the field.
    init(_ request: Zhitongche_Directory_V1_ListAuditEntriesRequest) throws {
        for (field, text) in [
            ("service", request.service), ("subject", request.subject), ("unit_id", request.unitID),
            ("enterprise_id", request.enterpriseID), ("method", request.method), ("object", request.object),
        ] {
            guard text.unicodeScalars.count <= 500 else { throw Problem.invalid(field, "has more than 500 characters") }
        }
        service = request.service
        subject = request.subject
        units = request.unitID.isEmpty ? nil : [request.unitID]
        enterprise = request.enterpriseID
        method = request.method
        object = request.object
        switch request.outcome {
        case .unspecified: outcome = ""
        case .done: outcome = "done"
        case .denied: outcome = "denied"
        case .UNRECOGNIZED: throw Problem.invalid("outcome", "is not known")
        }
        from = request.hasFrom ? try Self.instant(request.from, "from") : nil
        until = request.hasUntil ? try Self.instant(request.until, "until") : nil
    }

    private static func instant(_ timestamp: Google_Protobuf_Timestamp, _ field: String) throws -> Instant {
        guard (0...4_102_444_800).contains(timestamp.seconds), (0..<1_000_000_000).contains(timestamp.nanos) else {
            throw Problem.invalid(field, "must lie in the years 1970 to 2099")
        }
        return Instant(timestamp)
    }

    /// The filter in words, for the page token and for the entry about reading.
    fileprivate var words: [String] {
        [
            "service=\(service)", "subject=\(subject)", "unit=\(units?.joined(separator: ",") ?? "")",
            "enterprise=\(enterprise)", "method=\(method)", "object=\(object)", "outcome=\(outcome)",
            "from=\(from.map(\.description) ?? "")", "until=\(until.map(\.description) ?? "")",
        ]
    }
}

extension CollectedAudit.Collected {
    /// The entry of the contract.
    fileprivate var wire: Zhitongche_Directory_V1_AuditEntry {
        .with {
            $0.service = service
            $0.place = entry.place
            $0.recordedAt = Google_Protobuf_Timestamp(entry.recordedAt)
            if let time = entry.businessAt { $0.businessAt = Google_Protobuf_Timestamp(time) }
            $0.subject = entry.subject
            $0.subjectKind = entry.subjectKind
            $0.unitID = entry.unit
            $0.enterpriseID = entry.enterprise
            $0.method = entry.method
            $0.object = entry.object
            $0.outcome = entry.outcome == "done" ? .done : .denied
            $0.reason = entry.reason
            $0.detail = entry.detail
            $0.requestIdentifier = entry.requestIdentifier
            $0.traceID = entry.traceID
            $0.remote = entry.remote
            $0.line = Data(line)
            $0.fault = fault
        }
    }
}
