import AppealDomain

/// The actions of appeal, as the directory's roles name them. Complaints have actions of their own, so that whoever
/// dispatches or reads cases does not get them as well (APL-1).
enum Action {
    static let submit = "appeal.case.submit"
    /// Raising a bank's questions, beside ``submit``: the directory's roles tell who speaks for a bank (APL-3).
    static let submitForBank = "appeal.bank.submit"
    static let read = "appeal.case.read"
    static let dispatch = "appeal.case.dispatch"
    static let handle = "appeal.case.handle"
    static let office = "appeal.case.office"
    static let readComplaint = "appeal.complaint.read"
    static let dispatchComplaint = "appeal.complaint.dispatch"
    static let officeComplaint = "appeal.complaint.office"
    static let readComplaintEvents = "appeal.complaint.events"
    static let readSupervision = "appeal.supervision.read"
    static let readRatings = "appeal.rating.read"
    static let writeRules = "appeal.rule.write"

    /// The action of reading a case of a kind.
    static func read(_ kind: CaseKind) -> String { kind == .complaint ? readComplaint : read }

    /// The action of accepting, refusing and assigning a case of a kind.
    static func dispatch(_ kind: CaseKind) -> String { kind == .complaint ? dispatchComplaint : dispatch }

    /// The office's action for a case of a kind.
    static func office(_ kind: CaseKind) -> String { kind == .complaint ? officeComplaint : office }
}
