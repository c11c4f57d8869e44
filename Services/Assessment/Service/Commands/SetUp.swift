import AssessmentDomain
import Domain
import ServiceRuntime

/// Adds units to a tier and removes others (ASM-1).
struct ChangeTier: UseCase {
    let tier: Tier
    let adding: [UnitID]
    let removing: [UnitID]

    var object: String { "tier \(tier.rawValue)" }

    func run(_ command: Command, _ store: AssessmentStore) throws -> Int {
        try store.indicators.change(tier, adding: adding, removing: removing, in: command.tx)
    }
}

/// Defines an indicator or changes one (ASM-2).
struct SetIndicator: UseCase {
    let indicator: Indicator

    var object: String { "indicator \(indicator.id)" }

    func run(_ command: Command, _ store: AssessmentStore) throws -> Indicator {
        try command.caller.require(Action.writeIndicator, unit: indicator.owner.text)
        try indicator.validate()
        if indicator.version == 0 {
            try store.indicators.insert(indicator, in: command.tx)
        } else {
            let before = try store.indicator(indicator.id, in: command.tx)
            try command.caller.require(Action.writeIndicator, unit: before.owner.text)
            try indicator.checkSuccession(of: before)
            try store.indicators.update(indicator, in: command.tx)
        }
        return try store.indicator(indicator.id, in: command.tx)
    }
}
