import Domain

/// The commands that change a point, for naming them in errors.
public enum PointCommand: String, Hashable, Sendable, CaseIterable {
    case edit
    case submit
    case sendBack
    case publish
    case revise
    case withdraw
    case expire
}

/// Why a point refuses a command.
public enum PointError: Error, Hashable, Sendable {
    /// The state does not allow the command.
    case illegalTransition(command: PointCommand, state: RevisionState)
    /// Whoever drafted or edited a version may not publish it (POL-6).
    case samePerson
    /// The validity that the version states begins on this later day.
    case validityNotBegun(CivilDate)
    /// The validity that the version states is over already.
    case validityOver(CivilDate)
    /// The version in force has no end, or its end has not come.
    case notDue
}
