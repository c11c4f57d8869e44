import Domain
import EnterpriseDomain
import Postgres
import ServiceRuntime

/// What the use cases share.
struct EnterpriseParts: Sendable {
    let runtime: Runtime
    let vault: Vault
    let index: MatchIndex
    let catalogue: PointCatalogue
    let regions: RegionNames

    /// Runs a query of the current call.
    func read<Value: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Value) async throws -> Value {
        try await runtime.database.transaction(.calls, readOnly: true, deadline: CallContext.deadline, body)
    }

    /// The repository at the business date of a transaction.
    func enterprises(_ tx: Transaction) throws -> EnterpriseRepository {
        EnterpriseRepository(tx: tx, today: try runtime.clock.today(tx))
    }

    /// Publishes changed enterprises, has them matched, and wakes those who wait for it (ENT-9).
    ///
    /// - Parameter everything: whether facts of others changed too, so that every point has to be matched.
    func announce(
        _ rows: [EnterpriseRow], because reason: String, everything: Bool = false, in command: Command
    ) throws {
        try command.emit(contentsOf: StateEvents.events(rows, at: command.now))
        let queue = MatchQueue(tx: command.tx)
        if everything {
            try queue.appendAll(because: reason)
        } else {
            try queue.append(enterprises: rows.map(\.profile.ordinal), because: reason)
        }
        wakeAfterCommit(command.tx)
    }

    /// Wakes index and matcher of this replica when the transaction has committed; others see it by their next look.
    func wakeAfterCommit(_ tx: Transaction) {
        tx.afterCommit { [runtime] in
            runtime.wake(worker: MatchIndex.workerName)
            runtime.wake(worker: Matcher.workerName)
        }
    }

    /// The texts of explanations with the names of regions.
    var texts: ExplanationText {
        ExplanationText(regionNames: regions.all) { [trust = runtime.trust] in trust.name(of: $0) ?? $0 }
    }
}

extension Caller {
    /// Requires an action for an enterprise: a unit's scope reaches the enterprises of its region (ENT-16).
    ///
    /// - Throws: ``Problem`` PERMISSION_DENIED.
    func require(_ action: String, for row: EnterpriseRow) throws {
        try require(action)
        let isCovered: Bool
        switch scope(of: action) {
        case .all: isCovered = true
        case .region, .ownUnitAndBelow, .ownUnit: isCovered = regionCode?.contains(row.profile.region) ?? false
        case .ownEnterprise: isCovered = enterpriseID == row.id
        case nil: isCovered = false
        }
        guard isCovered else {
            throw Problem.denied(
                "the caller's scope for \(action) does not cover the enterprise", zh: "该企业不在您的权限范围内",
                reason: .scopeDenied)
        }
    }

    /// Requires an action for all enterprises, wherever they are (ENT-16).
    ///
    /// - Throws: ``Problem`` PERMISSION_DENIED.
    func requireEverywhere(_ action: String) throws {
        try require(action)
        guard scope(of: action) == .all else {
            throw Problem.denied(
                "the caller's scope for \(action) does not cover all enterprises", zh: "您的权限范围未覆盖全部企业",
                reason: .scopeDenied)
        }
    }

    /// The caller's region; nil for callers without one.
    var regionCode: RegionCode? { region.flatMap { try? RegionCode($0) } }
}
