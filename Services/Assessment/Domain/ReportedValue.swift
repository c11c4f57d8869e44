import Domain

/// How an entry of a value came about (ASM-7).
public enum ValueEntryKind: String, Hashable, Sendable, CaseIterable {
    case reported
    case late
    case revised
    case verified
    case reopened
}

/// One entry of a value's history.
public struct ValueEntry: Hashable, Sendable {
    /// Place, from 1.
    public let number: Int
    /// Kind.
    public let kind: ValueEntryKind
    /// Value.
    public let value: FixedNumber
    /// Who.
    public let account: AccountID
    /// Why; empty for a first report.
    public let reason: String
    /// When.
    public let at: BusinessTime

    /// An entry as it was stored.
    public init(
        number: Int, kind: ValueEntryKind, value: FixedNumber, account: AccountID, reason: String, at: BusinessTime
    ) {
        self.number = number
        self.kind = kind
        self.value = value
        self.account = account
        self.reason = reason
        self.at = at
    }
}

/// The states of a value, as contract and storage name them.
public enum ValueState: String, Hashable, Sendable, CaseIterable {
    case reported
    case verified
    case reopened
}

/// The commands that change a value.
public enum ValueCommand: String, Hashable, Sendable, CaseIterable {
    case revise
    case verify
    case reopen
}

/// Why a value refuses a command.
public enum ValueError: Error, Hashable, Sendable {
    /// The state does not allow the command.
    case illegalTransition(command: ValueCommand, state: ValueState)
    /// Reporting and verifying need two different posts.
    case samePerson
    /// A verification that changes the value needs a reason.
    case reasonMissing
}

/// The value of a unit, an indicator and a period, as it was reported, revised and verified (ASM-7).
public struct ReportedValue: Hashable, Sendable {
    /// Identifier.
    public let id: ValueID
    /// Indicator.
    public let indicator: IndicatorID
    /// Unit.
    public let unit: UnitID
    /// Period.
    public let period: AssessmentPeriod
    /// State.
    public private(set) var state: ValueState
    /// History, oldest first; never empty.
    public private(set) var entries: [ValueEntry]
    /// Version, from 1.
    public private(set) var version: Int64

    /// A value as it was stored.
    public init(
        id: ValueID, indicator: IndicatorID, unit: UnitID, period: AssessmentPeriod, state: ValueState,
        entries: [ValueEntry], version: Int64
    ) {
        self.id = id
        self.indicator = indicator
        self.unit = unit
        self.period = period
        self.state = state
        self.entries = entries
        self.version = version
    }

    /// A first report.
    ///
    /// - Parameter isLate: whether the indicator's limit has passed.
    public static func report(
        _ value: FixedNumber, of indicator: IndicatorID, unit: UnitID, period: AssessmentPeriod, id: ValueID,
        isLate: Bool, by account: AccountID, at now: BusinessTime
    ) -> ReportedValue {
        let entry = ValueEntry(
            number: 1, kind: isLate ? .late : .reported, value: value, account: account, reason: "", at: now)
        return ReportedValue(
            id: id, indicator: indicator, unit: unit, period: period, state: .reported, entries: [entry], version: 1)
    }

    /// The value that counts now.
    public var value: FixedNumber { entries.last?.value ?? .zero }

    /// Whether the first report came after the limit.
    public var isLate: Bool { entries.first?.kind == .late }

    /// How the value that counts came about.
    public var origin: ValueEntryKind {
        entries.last { $0.kind != .reopened }?.kind ?? .reported
    }

    /// The verified value minus the last one that a unit reported (挤水分); nil unless verified.
    public var squeezed: FixedNumber? {
        guard state == .verified, let reported = entries.last(where: { $0.kind != .verified && $0.kind != .reopened })
        else { return nil }
        return FixedNumber(millionths: value.millionths - reported.value.millionths)
    }

    /// Replaces the value that was reported.
    public mutating func revise(
        to value: FixedNumber, reason: String, by account: AccountID, at now: BusinessTime
    ) throws(ValueError) {
        switch state {
        case .reported, .reopened:
            append(.revised, value, account, reason, now)
            state = .reported
        case .verified:
            throw .illegalTransition(command: .revise, state: state)
        }
    }

    /// Replaces the value by what the verifier found.
    public mutating func verify(
        as value: FixedNumber, reason: String, by account: AccountID, at now: BusinessTime
    ) throws(ValueError) {
        switch state {
        case .reported, .reopened:
            let isAuthor = entries.contains { entry in
                switch entry.kind {
                case .reported, .late, .revised: entry.account == account
                case .verified, .reopened: false
                }
            }
            guard !isAuthor else { throw .samePerson }
            guard value == self.value || !reason.isEmpty else { throw .reasonMissing }
            append(.verified, value, account, reason, now)
            state = .verified
        case .verified:
            throw .illegalTransition(command: .verify, state: state)
        }
    }

    /// Opens a verified value again.
    public mutating func reopen(reason: String, by account: AccountID, at now: BusinessTime) throws(ValueError) {
        switch state {
        case .verified:
            append(.reopened, value, account, reason, now)
            state = .reopened
        case .reported, .reopened:
            throw .illegalTransition(command: .reopen, state: state)
        }
    }

    private mutating func append(
        _ kind: ValueEntryKind, _ value: FixedNumber, _ account: AccountID, _ reason: String, _ now: BusinessTime
    ) {
        entries.append(
            ValueEntry(number: entries.count + 1, kind: kind, value: value, account: account, reason: reason, at: now))
        version += 1
    }
}
