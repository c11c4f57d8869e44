import Domain

/// Identifies an item of information (PRJ-1).
public typealias InformationID = Identifier<Information>
/// Identifies a lead (PRJ-2).
public typealias LeadID = Identifier<Lead>
/// Identifies a project (PRJ-3).
public typealias ProjectID = Identifier<Project>
/// Identifies a pre-assessment (PRJ-5).
public typealias PreAssessmentID = Identifier<PreAssessment>
/// Identifies an expert of the pool (PRJ-5).
public typealias ExpertID = Identifier<Expert>
/// Names a set of light rules (PRJ-10).
public typealias LightRuleSetName = SlugID<LightRuleSet>
