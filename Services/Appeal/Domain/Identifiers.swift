import Domain

/// Identifies a case.
public typealias CaseID = Identifier<Case>
/// Identifies a supervision order.
public typealias SupervisionID = Identifier<Supervision>
/// Identifies a rectification.
public typealias RectificationID = Identifier<Rectification>
