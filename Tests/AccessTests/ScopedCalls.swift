/// The calls of one service whose rights reach as far as units do, with requests for real objects of a unit.
///
/// A request is JSON with the contract's names. `$unit` stands for the unit, `$region` for its region, `$name` for the
/// identifier of an object that was made, `$new` for a fresh identifier. `request_id` and `version` need not be written.
struct ScopedCalls: Sendable {
    /// A call that makes or changes an object which others need; the answer's object is kept under the field's name, or
    /// under another one.
    struct Making: Sendable {
        let method: String
        let request: String
        let field: String
        let name: String

        init(_ method: String, _ request: String, _ field: String, as name: String? = nil) {
            (self.method, self.request, self.field, self.name) = (method, request, field, name ?? field)
        }
    }

    /// One call and what it tells those who do not reach the object.
    struct Scoped: Sendable {
        /// What is told.
        enum Refusal: Sendable {
            /// PERMISSION_DENIED, and a row of the audit.
            case denied
            /// NOT_FOUND, as if the object did not exist.
            case hidden
            /// A list without the object of this name.
            case leftOut(String)
        }

        let method: String
        let request: String
        let refusal: Refusal
        /// Whether those who reach the unit are told NOT_FOUND, since something else that the request names is not there.
        let endsInNotFound: Bool

        init(_ method: String, _ request: String, _ refusal: Refusal = .denied, endsInNotFound: Bool = false) {
            (self.method, self.request, self.refusal) = (method, request, refusal)
            self.endsInNotFound = endsInNotFound
        }
    }

    /// What is made for every unit, in this order, by somebody who may do everything.
    var objects: [Making] = []
    /// The calls.
    var calls: [Scoped]
    /// The other calls that need an action, with the reason why no unit bounds them.
    var others: [String: String] = [:]
}

extension Installation {
    /// The service's calls on units; nil where no right of the service is bounded by units.
    var scopedCalls: ScopedCalls? {
        switch self {
        case .policy: .policy
        case .project: .project
        case .assessment: .assessment
        case .appeal: .appeal
        case .enterprise: .enterprise
        case .directory, .notification: nil
        }
    }
}
