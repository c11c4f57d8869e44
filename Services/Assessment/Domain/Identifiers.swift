import Domain

/// Identifies the targets of an indicator and year (ASM-3).
public typealias TargetsID = Identifier<Targets>
/// Identifies a reported value (ASM-7).
public typealias ValueID = Identifier<ReportedValue>
/// Identifies a scheme over all of its versions (ASM-8).
public typealias SchemeID = Identifier<Scheme>
/// Identifies a result (ASM-8).
public typealias ResultID = Identifier<AssessmentResult>

/// What ``NodeCode`` identifies: a node of a scheme's tree.
public enum SchemeTree {}

/// Identifies an indicator (ASM-2).
public typealias IndicatorID = SlugID<Indicator>
/// Identifies a node within a scheme (ASM-8).
public typealias NodeCode = SlugID<SchemeTree>
