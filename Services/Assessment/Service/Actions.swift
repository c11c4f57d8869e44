/// The actions of assessment, as the directory's roles name them.
enum Action {
    static let writeTier = "assessment.tier.write"
    static let writeIndicator = "assessment.indicator.write"
    static let draftTargets = "assessment.target.draft"
    static let reviewTargets = "assessment.target.review"
    static let approveTargets = "assessment.target.approve"
    static let reportValue = "assessment.value.report"
    static let verifyValue = "assessment.value.verify"
    static let readValue = "assessment.value.read"
    static let writeScheme = "assessment.scheme.write"
    static let publishScheme = "assessment.scheme.publish"
    static let computeResult = "assessment.result.compute"
    static let publishResult = "assessment.result.publish"
    static let readResult = "assessment.result.read"
    static let traceResult = "assessment.result.trace"
    static let writeAwards = "assessment.award.write"
    static let readAwards = "assessment.award.read"
}
