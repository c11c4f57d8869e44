import Messaging

/// The topics that this service writes (XCT-3).
enum EnterpriseTopics {
    /// Compacted: what others need of an enterprise. Key = enterprise_id.
    static let state = Topic.state("enterprise", "enterprise")
    /// Outcomes of claims. Key = claim_id.
    static let claims = Topic.events("enterprise", "claim")
    /// Audiences of points. Key = point_id.
    static let audience = Topic.events("enterprise", "audience")
}
