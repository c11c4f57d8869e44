import DirectoryContracts
import DirectoryDomain
import Messaging
import Postgres
import ServiceRuntime
import Wire

/// The topics that the directory writes, and its events and states on them (DIR-7).
enum DirectoryEvents {
    static let unitEvents = Topic.events("directory", "unit")
    static let unitStates = Topic.state("directory", "unit")
    static let regionStates = Topic.state("directory", "region")
    static let roleStates = Topic.state("directory", "role")
    static let accountStates = Topic.state("directory", "account")
    static let keySetStates = Topic.state("directory", "keyset")
    static let topics = [unitEvents, unitStates, regionStates, roleStates, accountStates, keySetStates]

    static func created(_ unit: Unit, at now: Instant) throws -> [OutgoingEvent] {
        let event = Zhitongche_Directory_V1_UnitCreated.with { $0.unit = unit.wire }
        return [
            try OutgoingEvent(unitEvents, key: unit.id.text, seq: unit.version, time: now, event),
            try state(unit, at: now),
        ]
    }

    static func renamed(_ unit: Unit, previous: UnitName, at now: Instant) throws -> [OutgoingEvent] {
        let event = Zhitongche_Directory_V1_UnitRenamed.with {
            $0.unit = unit.wire
            $0.previousName = previous.name
            $0.from = unit.name.from.wire
        }
        return [
            try OutgoingEvent(unitEvents, key: unit.id.text, seq: unit.version, time: now, event),
            try state(unit, at: now),
        ]
    }

    static func ended(_ unit: Unit, at now: Instant) throws -> [OutgoingEvent] {
        let event = Zhitongche_Directory_V1_UnitEnded.with { $0.unit = unit.wire }
        return [
            try OutgoingEvent(unitEvents, key: unit.id.text, seq: unit.version, time: now, event),
            try state(unit, at: now),
        ]
    }

    static func state(_ unit: Unit, at now: Instant) throws -> OutgoingEvent {
        let state = Zhitongche_Directory_V1_UnitState.with { $0.unit = unit.wire }
        return try OutgoingEvent(unitStates, key: unit.id.text, seq: unit.version, time: now, state)
    }

    static func state(_ region: Region, at now: Instant) throws -> OutgoingEvent {
        let state = Zhitongche_Directory_V1_RegionState.with { $0.region = region.wire }
        return try OutgoingEvent(
            regionStates, key: region.code.description, seq: region.version, time: now, state)
    }

    static func state(_ role: Role, at now: Instant) throws -> OutgoingEvent {
        let state = Zhitongche_Directory_V1_RoleState.with { $0.role = role.wire }
        return try OutgoingEvent(roleStates, key: role.id.text, seq: role.version, time: now, state)
    }

    static func state(_ account: Account, at now: Instant) throws -> OutgoingEvent {
        try OutgoingEvent(
            accountStates, key: account.id, seq: account.version, time: now, account.stateOnTheWire)
    }

    static func keySetState(_ set: KeySetRecord, at now: Instant) throws -> OutgoingEvent {
        let state = Zhitongche_Directory_V1_KeySetState.with { $0.keySet = set.wire }
        return try OutgoingEvent(keySetStates, key: "keyset", seq: set.serial, time: now, state)
    }
}
