import CommonContracts
import DirectoryContracts
import Domain
import Postgres
import Synchronization

/// The replica, in memory, of what the directory publishes for checking calls: keys, roles, accounts, units.
///
/// It is read from compacted topics, so no call needs the directory (rule 18). Until the first key set arrives calls
/// that need a token are UNAVAILABLE. How stale it may be is the topics' delay, usually well under a second.
public final class Trust: Sendable {
    struct Account: Sendable {
        let isActive: Bool
        let notBefore: Instant?
    }

    private struct Unit: Sendable {
        let name: String
        let parent: String
        let region: String
        let isOffice: Bool
        /// First day without the unit; nil while none is known.
        let end: CivilDate?
        let successors: [String]
    }

    private struct State {
        /// Who follows a unit that has ended.
        func successors(of unit: String) -> [String] {
            guard let today, let unit = units[unit], let end = unit.end, end <= today else { return [] }
            return unit.successors
        }

        /// Where one gets from a unit in one step upwards: to those that follow it, else to the unit above.
        func above(_ unit: String) -> [String] {
            let successors = successors(of: unit)
            guard successors.isEmpty else { return successors }
            return units[unit].map { $0.parent.isEmpty ? [] : [$0.parent] } ?? []
        }

        /// The units that a unit has become.
        func heirs(of unit: String) -> [String] {
            var seen = Set([unit])
            var found: [String] = []
            var waiting = [unit]
            while let next = waiting.popLast(), found.count < Trust.greatestDepth {
                let successors = successors(of: next)
                if successors.isEmpty { found.append(next) }
                waiting += successors.filter { seen.insert($0).inserted }
            }
            return found.sorted()
        }

        var keySet: TrustedKeySet?
        /// Since when each key of the set in force has been known here.
        var keysHeldSince: [String: ContinuousClock.Instant] = [:]
        var isComplete: Bool
        var roles: [String: [Permission]] = [:]
        var accounts: [String: Account] = [:]
        var units: [String: Unit] = [:]
        var today: CivilDate?
    }

    private let rootPublicKey: [UInt8]
    private let state: Mutex<State>
    private let whenLoaded: @Sendable () -> Void

    /// An empty replica under a root key of 32 bytes.
    ///
    /// - Parameters:
    ///   - isComplete: false when ``noteComplete()`` will tell that everything published before was read; until then no
    ///     token is accepted, since its account may have been disabled.
    ///   - whenLoaded: called whenever the replica becomes fit for use.
    public init(rootPublicKey: [UInt8], isComplete: Bool = true, whenLoaded: @escaping @Sendable () -> Void = {}) {
        state = Mutex(State(isComplete: isComplete))
        self.rootPublicKey = rootPublicKey
        self.whenLoaded = whenLoaded
    }

    /// Whether tokens can be verified: a key set was accepted, and everything published before was read.
    public var isLoaded: Bool { state.withLock { $0.keySet != nil && $0.isComplete } }

    /// Everything that was published before reading began has been applied.
    public func noteComplete() {
        state.withLock { $0.isComplete = true }
        if isLoaded { whenLoaded() }
    }

    /// Takes a key set into force.
    ///
    /// - Throws: ``KeySetError`` when the root did not sign it, it is malformed, or older than the one in force.
    public func apply(_ signed: Zhitongche_Directory_V1_SignedKeySet) throws {
        let keySet = try TrustedKeySet(signed, rootPublicKey: rootPublicKey)
        try state.withLock { state in
            if let current = state.keySet?.serial, keySet.serial < current {
                throw KeySetError.outdated(serial: keySet.serial, current: current)
            }
            state.keySet = keySet
            let known = state.keysHeldSince
            state.keysHeldSince = keySet.keys.mapValues { known[$0.keyID] ?? .now }
        }
        if isLoaded { whenLoaded() }
    }

    /// Whether a key has been known here for so long. Others hear of it by the same topic at about the same time.
    public func hasHeld(_ keyID: String, for time: Duration) -> Bool {
        state.withLock { state in state.keysHeldSince[keyID].map { .now - $0 >= time } ?? false }
    }

    /// Takes over a role's permissions; unknown scopes grant nothing.
    public func apply(_ role: Zhitongche_Directory_V1_Role) {
        let permissions = role.permissions.compactMap { permission in
            Scope(permission.scope).map { Permission(action: permission.action, scope: $0) }
        }
        state.withLock { $0.roles[role.roleID] = permissions }
    }

    /// Takes over an account's state.
    public func apply(_ account: Zhitongche_Directory_V1_AccountState) {
        let known = Account(
            isActive: account.status == .active, notBefore: account.hasNotBefore ? Instant(account.notBefore) : nil)
        state.withLock { $0.accounts[account.accountID] = known }
    }

    /// Takes over a unit's place.
    public func apply(_ unit: Zhitongche_Directory_V1_Unit) {
        let end: CivilDate? = unit.active.hasEnd ? Self.date(unit.active.end) : nil
        let place = Unit(
            name: unit.name, parent: unit.parentID, region: unit.region, isOffice: unit.kind == .leadingGroupOffice,
            end: end, successors: unit.successorIds)
        state.withLock { $0.units[unit.unitID] = place }
    }

    /// Takes over what day it is in business time, which decides whether a unit has ended.
    func note(today: CivilDate) { state.withLock { $0.today = today } }

    private static func date(_ wire: Zhitongche_Common_V1_Date) -> CivilDate? {
        // The directory checked it; a date that is none ends nothing.
        try? CivilDate(year: Int(wire.year), month: Int(wire.month), day: Int(wire.day))
    }

    /// Forgets a role; its holders lose its permissions.
    public func removeRole(_ id: String) { state.withLock { $0.roles[id] = nil } }

    /// Forgets an account; its tokens are refused from now on.
    public func removeAccount(_ id: String) {
        state.withLock { $0.accounts[id] = Account(isActive: false, notBefore: nil) }
    }

    /// The Chinese name of a unit; nil for an unknown one.
    public func name(of unit: String) -> String? { state.withLock { $0.units[unit]?.name } }

    /// Forgets a unit.
    public func removeUnit(_ id: String) { state.withLock { $0.units[id] = nil } }

    /// The permissions of roles, together.
    public func permissions(of roles: [String]) -> [Permission] {
        state.withLock { state in roles.flatMap { state.roles[$0] ?? [] } }
    }

    var keySet: TrustedKeySet? { state.withLock { $0.keySet } }

    /// Whether tokens of an account that were issued at a time are refused: it is disabled, or they were revoked. An
    /// account that was not heard of yet is taken for active.
    public func isRevoked(account id: String, issuedAt: Instant) -> Bool {
        guard let account = state.withLock({ $0.accounts[id] }) else { return false }
        guard account.isActive else { return true }
        return account.notBefore.map { issuedAt < $0 } ?? false
    }
}

extension Trust: UnitTree {
    // A longer chain can only be a ring, which the directory refuses but a damaged replica might hold.
    private static let greatestDepth = 64

    /// Whether a unit is another one or lies below it. What belonged to a unit that has ended belongs to those that
    /// follow it, and units below it lie below them.
    public func isUnit(_ unit: String, within ancestor: String) -> Bool {
        state.withLock { state in
            var seen = Set([unit])
            var level = [unit]
            for _ in 0..<Self.greatestDepth where !level.isEmpty {
                if level.contains(ancestor) { return true }
                level = level.flatMap { state.above($0) }.filter { seen.insert($0).inserted }
            }
            return false
        }
    }

    /// The units that a unit has become: those that follow it since its end, and so on; itself while it exists.
    public func heirs(of unit: String) -> [String] { state.withLock { $0.heirs(of: unit) } }

    /// The units that have become a unit, itself included; none when others have followed it.
    public func forerunners(of unit: String) -> [String] {
        state.withLock { state in
            let ended = state.units.keys.filter { !state.successors(of: $0).isEmpty }
            return ([unit] + ended.sorted()).filter { state.heirs(of: $0).contains(unit) }
        }
    }

    /// The region that a unit serves; nil for an unknown unit.
    public func region(of unit: String) -> String? { state.withLock { $0.units[unit]?.region } }

    /// Whether a unit exists and has not ended.
    public func isActive(unit: String) -> Bool {
        state.withLock { state in
            guard let found = state.units[unit] else { return false }
            guard let today = state.today, let end = found.end else { return true }
            return today < end
        }
    }

    /// The leading-group offices (领导小组办公室) that serve a region: those of the smallest region that holds it.
    public func offices(serving region: String) -> [String] {
        guard let code = try? RegionCode(region) else { return [] }
        let found = state.withLock { state in
            state.units.filter { _, unit in
                unit.isOffice && (unit.end.map { end in state.today.map { $0 < end } ?? true } ?? true)
            }.compactMap { id, unit -> (id: String, region: RegionCode)? in
                // The directory checked it; a region that is none serves nobody.
                guard let own = try? RegionCode(unit.region), own.contains(code) else { return nil }
                return (id, own)
            }
        }
        let smallest = found.filter { one in
            !found.contains { one.region != $0.region && one.region.contains($0.region) }
        }
        return smallest.map(\.id).sorted()
    }
}
