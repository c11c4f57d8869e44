import Domain
import ProjectDomain
import ServiceRuntime

/// Enters a bureau in the list of those that give opinions, or changes its entry (PRJ-5).
struct SetOpinionBureau: UseCase {
    let bureau: OpinionBureau

    var object: String { "bureau \(bureau.unit)" }

    func run(_ command: Command, _ store: ProjectStore) throws -> OpinionBureau {
        try command.caller.require(Action.writeBureaus, unit: bureau.unit.text)
        return try store.pool.save(bureau, in: command.tx)
    }
}

/// Enters an expert in the pool, or changes an entry (PRJ-5).
struct SetExpert: UseCase {
    let expert: Expert

    var object: String { "expert \(expert.id)" }

    func run(_ command: Command, _ store: ProjectStore) throws -> Expert {
        try command.caller.require(Action.writeExperts)
        return try store.pool.save(expert, in: command.tx)
    }
}

/// Sets the rules of a set of lights (PRJ-10).
struct SetLightRules: UseCase {
    let rules: LightRuleSet

    var object: String { "light rules \(rules.name)" }

    func run(_ command: Command, _ store: ProjectStore) throws -> LightRuleSet {
        try command.caller.require(Action.writeRules)
        return try store.lights.save(rules, in: command.tx)
    }
}
