import Domain
import PolicyDomain
import Postgres
import ServiceRuntime

/// Finds points for a caller: everybody sees what is in force, staff see within their scope what is not (POL-2).
struct FindPoints: Sendable {
    let store: PolicyStore

    /// One version: `revision`, or for nil the one in force, or the newest one for staff when none is.
    ///
    /// - Throws: `Problem` NOT_FOUND when there is none that the caller may see.
    func one(_ id: PointID, revision: Int?, for caller: Caller, in tx: Transaction) throws -> PointRevision {
        let found: PointRevision?
        if let revision {
            found = try store.points.revision(revision, of: id, in: tx)
        } else {
            found = try store.points.inForce(id, in: tx) ?? store.points.newest(id, in: tx)
        }
        guard let found,
            found.state == .published || caller.may(Action.readPoint, unit: found.content.responsibleUnit.text)
        else {
            throw Problem.notFound("point \(id)")
        }
        return found
    }

    /// Versions in one state, newest point first.
    ///
    /// - Throws: `Problem` PERMISSION_DENIED for versions not in force to callers who may not read them.
    func list(
        state: RevisionState, unit: UnitID?, tags: Set<Tag>, document: DocumentID?,
        after: (id: PointID, revision: Int)?, limit: Int, for caller: Caller, in tx: Transaction
    ) throws -> [PointRevision] {
        var units = unit.map { [$0] }
        if state != .published {
            try caller.require(Action.readPoint)
            if let unit {
                try caller.require(Action.readPoint, unit: unit.text)
            } else if caller.scope(of: Action.readPoint) != .all {
                units = try store.points.units(in: tx).filter { caller.may(Action.readPoint, unit: $0.text) }
            }
        }
        return try store.points.list(
            PointPage(state: state, units: units, tags: tags, document: document, after: after, limit: limit), in: tx)
    }

    /// Versions of a point with the fields that differ from the version before, newest first.
    func versions(
        of id: PointID, below: Int?, limit: Int, for caller: Caller, in tx: Transaction
    ) throws -> [(version: PointRevision, changed: [PointField])] {
        guard let newest = try store.points.newest(id, in: tx) else { throw Problem.notFound("point \(id)") }
        try caller.require(Action.readPoint, unit: newest.content.responsibleUnit.text)
        // One more than the page shows, to compare its last entry with.
        let found = try store.points.versions(of: id, below: below, limit: limit + 1, in: tx)
        return found.prefix(limit).enumerated().map { index, version in
            let earlier = index + 1 < found.count ? found[index + 1].content : nil
            return (version, earlier.map { version.content.changedFields(since: $0) } ?? [])
        }
    }
}
