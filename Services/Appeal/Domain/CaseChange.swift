import Domain

/// What a step of the trail did (APL-2), as contract and storage name it.
public enum StepKind: String, Hashable, Sendable, CaseIterable {
    case submitted
    case edited
    case commented
    case accepted
    case refused
    case assigned
    case transferred
    case returned
    case takenUp = "taken_up"
    case applicantAsked = "applicant_asked"
    case informationSupplied = "information_supplied"
    case escalated
    case decided
    case promised
    case extensionRequested = "extension_requested"
    case extensionApproved = "extension_approved"
    case extensionRejected = "extension_rejected"
    case replied
    case resolved
    case rated
    case reopened
    case writtenOff = "written_off"
    case withdrawn
    case becameOverdue = "became_overdue"
}

/// What others hear of a change.
public enum CaseFact: Hashable, Sendable {
    case submitted
    case accepted
    case refused
    case assigned(from: UnitID?, isBinding: Bool)
    case returned(from: UnitID, returns: Int)
    case takenUp
    case paused(line: Int)
    case resumed(line: Int)
    case escalated
    case decided
    case promised(CivilDate)
    case extensionRequested(days: Int)
    case extended(days: Int)
    case extensionRejected
    case replied
    case resolved
    case rated(mark: Int)
    case reopened
    case writtenOff(mark: Int?)
    case withdrawn
    case overdue(ClockKind)
}

/// What a command did: a step of the trail, and the fact that others hear of, if any.
public struct CaseChange: Hashable, Sendable {
    /// The step.
    public let step: StepKind
    /// The fact.
    public let fact: CaseFact?
    /// Reason, question or comment of the step; may be empty.
    public let text: String
    /// Unit that got the case.
    public let toUnit: UnitID?

    init(_ step: StepKind, _ fact: CaseFact?, text: String = "", toUnit: UnitID? = nil) {
        self.step = step
        self.fact = fact
        self.text = text
        self.toUnit = toUnit
    }
}
