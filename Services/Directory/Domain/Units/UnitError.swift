import Domain

/// Why a unit refuses a command.
public enum UnitError: Error, Hashable, Sendable {
    /// The unit has an end already, so that it is neither renamed nor ended again.
    case ended(on: CivilDate)
    /// A rename for a later day waits; there is one at a time.
    case renamePlanned(from: CivilDate)
    /// The day of the new name does not lie after the first day of the present one.
    case renameTooEarly(presentFrom: CivilDate)
    /// The new name equals the present one.
    case sameName
    /// The end does not lie after the first day of the present name.
    case endTooEarly(presentFrom: CivilDate)
    /// Nobody follows.
    case noSuccessor
    /// A unit cannot follow itself, and is named once.
    case successorRepeated(UnitID)
    /// A successor does not exist on the day of the end.
    case successorNotInExistence(UnitID)
}
