import AssessmentDomain
import Domain
import Foundation
import Postgres
import ServiceRuntime

/// One step in the history of targets (ASM-3).
struct TargetStep: Sendable {
    /// One unit's target before and after.
    struct Change: Sendable {
        let unit: UnitID
        let before: FixedNumber?
        let after: FixedNumber?
    }

    let version: Int64
    let revision: Int
    let state: TargetState
    let step: TargetCommand
    let account: AccountID
    let reason: String
    let at: BusinessTime
    let changes: [Change]
}

/// The history of targets, newest step first.
struct TargetHistory: Sendable {
    func list(of id: TargetsID, below version: Int64?, limit: Int, in tx: Transaction) throws -> [TargetStep] {
        let rows = try tx.query(
            """
            SELECT version, revision, state, step, account, reason, at FROM assessment.target_step
            WHERE targets_id = \(id.uuid) AND (\(version)::bigint IS NULL OR version < \(version))
            ORDER BY version DESC LIMIT \(limit)
            """)
        return try rows.map { row in
            let version = try row.get("version", as: Int64.self)
            return TargetStep(
                version: version, revision: Int(try row.get("revision", as: Int32.self)),
                state: try .stored(row, "state"),
                step: try .stored(row, "step"), account: AccountID(try row.get("account")),
                reason: try row.get("reason"),
                at: try .stored(row, "at"), changes: try changes(of: id, version: version, in: tx))
        }
    }

    private func changes(of id: TargetsID, version: Int64, in tx: Transaction) throws -> [TargetStep.Change] {
        try tx.query(
            """
            SELECT unit_id, before, after FROM assessment.target_change
            WHERE targets_id = \(id.uuid) AND version = \(version) ORDER BY unit_id
            """
        ) { row in
            try reading {
                TargetStep.Change(
                    unit: try .stored(row, "unit_id"),
                    before: try row.get("before", as: Int64?.self).map { FixedNumber(millionths: $0) },
                    after: try row.get("after", as: Int64?.self).map { FixedNumber(millionths: $0) })
            }
        }
    }
}
