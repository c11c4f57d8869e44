/// The actions of the policy library, as the directory's roles name them.
enum Action {
    static let writeDocument = "policy.document.write"
    static let draftPoint = "policy.point.draft"
    static let reviewPoint = "policy.point.review"
    static let publishPoint = "policy.point.publish"
    static let readPoint = "policy.point.read"
}
