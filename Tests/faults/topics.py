"""Topics whose messages the run copies and falsifies, and who reads them."""

POINTS = "ztc.policy.point.events.v1"
CLAIMS = "ztc.enterprise.claim.events.v1"
AUDIENCES = "ztc.enterprise.audience.events.v1"
ENTERPRISES = "ztc.enterprise.enterprise.state.v1"
ACCOUNTS = "ztc.directory.account.state.v1"
CASES = "ztc.appeal.case.events.v1"
COMPLAINTS = "ztc.appeal.complaint.events.v1"
PROJECTS = "ztc.project.project.events.v1"
# Who reads which topics in a group; the audit's and those of pre-assessments and results have readers besides.
READ_BY_INBOX = {
    CLAIMS: ["directory"],
    POINTS: ["enterprise", "assessment"],
    AUDIENCES: ["notification"],
    ENTERPRISES: ["notification"],
    CASES: ["project", "assessment", "notification"],
    COMPLAINTS: ["notification"],
    PROJECTS: ["assessment", "notification"],
}
# Messages that contradict their key, and readers who take note of their type only.
CONTRADICTIONS = [
    (POINTS, "zhitongche.policy.v1.PointWithdrawn", ["assessment"]),
    (ENTERPRISES, "zhitongche.enterprise.v1.EnterpriseState", []),
]
# Types that every reader of their topic decodes.
DECODED = [
    (POINTS, "zhitongche.policy.v1.PointPublished"),
    (AUDIENCES, "zhitongche.enterprise.v1.AudienceChunk"),
    (CLAIMS, "zhitongche.enterprise.v1.ClaimVerified"),
    (ENTERPRISES, "zhitongche.enterprise.v1.EnterpriseState"),
    (CASES, "zhitongche.appeal.v1.CaseReplied"),
    (COMPLAINTS, "zhitongche.appeal.v1.CaseReplied"),
]
