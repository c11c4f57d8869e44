import AppealDomain
import Domain
import ServiceRuntime

/// Sets a rule from a later day on; clocks that run keep theirs (APL-3).
struct SetDeadlineRule: UseCase {
    let entry: RuleBook.Entry

    var object: String { "rule \(entry.rule.id)" }

    func run(_ command: Command, _ appeals: Appeals) throws {
        try command.caller.require(Action.writeRules)
        guard entry.rule.valid.start > command.today else {
            throw Problem.invalid("rule.valid_from", "must lie after today")
        }
        guard try appeals.cases.rules.set(entry, in: command.tx) else {
            throw Problem.alreadyExists("a rule \(entry.rule.id) that begins on \(entry.rule.valid.start) or later")
        }
    }
}
