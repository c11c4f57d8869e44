import DirectoryDomain
import Foundation
import Messaging
import Postgres
import ServiceRuntime

/// Seeds the state topics of the directory from its tables (rule 11). Regions, units, roles and confirmed accounts are
/// never deleted, and registrations that are were never announced, so there is no tombstone.
enum DirectoryStates {
    static let sources = [regions, units, roles, accounts, keySet]

    private static let regions = StateSource(DirectoryEvents.regionStates) { after, limit, tx in
        try RegionRepository.lock(after: after ?? "", limit: limit, tx)
    } name: {
        $0
    } states: { codes, now, tx in
        try RegionRepository.find(codes, tx).map { try DirectoryEvents.state($0, at: now) }
    }

    private static let units = StateSource(DirectoryEvents.unitStates) { after, limit, tx in
        try UnitRepository.lock(after: after ?? "", limit: limit, tx)
    } name: {
        $0
    } states: { ids, now, tx in
        try UnitRepository.find(ids, tx).map { try DirectoryEvents.state($0, at: now) }
    }

    private static let roles = StateSource(DirectoryEvents.roleStates) { after, limit, tx in
        try RoleRepository.lock(after: after ?? "", limit: limit, tx)
    } name: {
        $0.text
    } states: { ids, now, tx in
        try RoleRepository.find(ids, tx).map { try DirectoryEvents.state($0, at: now) }
    }

    private static let accounts = StateSource(DirectoryEvents.accountStates) { after, limit, tx in
        try AccountRepository.lock(
            after: try after.map { try UUID(identifier: $0, field: "page_token") }, limit: limit, tx)
    } name: {
        $0.text
    } states: { ids, now, tx in
        try AccountRepository.find(ids, tx).map { try DirectoryEvents.state($0.account, at: now) }
    }

    /// The newest set; rotations are kept out meanwhile.
    private static let keySet = StateSource(DirectoryEvents.keySetStates) { _, _, now, tx in
        try SigningKeyRepository.lockRotation(tx)
        return StateSource.Page(
            events: try SigningKeyRepository.newestSet(tx).map { [try DirectoryEvents.keySetState($0, at: now)] } ?? [],
            last: nil)
    }
}
