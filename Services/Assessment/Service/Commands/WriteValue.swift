import AssessmentDomain
import Domain
import ServiceRuntime

/// Reports a value (ASM-7).
struct ReportValue: ValueUseCase {
    let id: ValueID
    let indicator: IndicatorID
    let unit: UnitID
    let period: AssessmentPeriod
    let value: FixedNumber

    func run(_ command: Command, _ store: AssessmentStore) throws -> ReportedValue {
        try command.caller.require(Action.reportValue, unit: unit.text)
        guard let indicator = try store.indicators.find(indicator, in: command.tx) else {
            throw Problem.invalid("indicator_id", "no such indicator")
        }
        guard let days = indicator.source.reportDays else {
            throw Problem.invalid("indicator_id", "is counted from events only")
        }
        guard period.kind == indicator.period else {
            throw Problem.invalid("period.kind", "must be \(indicator.period.rawValue)")
        }
        guard indicator.fits(value) else {
            throw Problem.invalid("value", "must have at most \(indicator.decimals) decimals")
        }
        guard try period.start <= command.today else { throw Problem.invalid("period", "has not begun") }
        // The last day in time is so many days after the last day of the period.
        let limit = try CivilDate(dayNumber: Int(period.end.dayNumber) + days)
        let value = ReportedValue.report(
            value, of: indicator.id, unit: unit, period: period, id: id, isLate: command.today >= limit,
            by: command.account, at: command.time)
        try store.values.insert(value, in: command.tx)
        return value
    }
}

/// Replaces a reported value (ASM-7).
struct ReviseValue: ValueUseCase {
    let id: ValueID
    let version: Int64
    let value: FixedNumber
    let reason: String

    func run(_ command: Command, _ store: AssessmentStore) throws -> ReportedValue {
        var stored = try store.value(id, version: version, in: command.tx)
        try command.caller.require(Action.reportValue, unit: stored.unit.text)
        let indicator = try store.indicator(stored.indicator, in: command.tx)
        guard indicator.fits(value) else {
            throw Problem.invalid("value", "must have at most \(indicator.decimals) decimals")
        }
        try stored.revise(
            to: value, reason: reason, by: command.account, at: command.time)
        try store.values.save(stored, in: command.tx)
        return stored
    }
}

/// Verifies a reported value (ASM-7).
struct VerifyValue: ValueUseCase {
    let id: ValueID
    let version: Int64
    let value: FixedNumber
    let reason: String

    func run(_ command: Command, _ store: AssessmentStore) throws -> ReportedValue {
        var stored = try store.value(id, version: version, in: command.tx)
        let indicator = try store.indicator(stored.indicator, in: command.tx)
        try command.caller.require(Action.verifyValue, unit: indicator.owner.text)
        guard indicator.fits(value) else {
            throw Problem.invalid("value", "must have at most \(indicator.decimals) decimals")
        }
        try stored.verify(
            as: value, reason: reason, by: command.account, at: command.time)
        let seq = try store.values.save(stored, emits: true, in: command.tx)
        try command.emit(AssessmentEvents.verified(stored, at: command.now, seq: seq))
        return stored
    }
}

/// Opens a verified value again (ASM-7).
struct ReopenValue: ValueUseCase {
    let id: ValueID
    let version: Int64
    let reason: String

    func run(_ command: Command, _ store: AssessmentStore) throws -> ReportedValue {
        var stored = try store.value(id, version: version, in: command.tx)
        let indicator = try store.indicator(stored.indicator, in: command.tx)
        try command.caller.require(Action.verifyValue, unit: indicator.owner.text)
        try stored.reopen(reason: reason, by: command.account, at: command.time)
        try store.values.save(stored, in: command.tx)
        return stored
    }
}
