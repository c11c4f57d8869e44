import Domain
import PolicyDomain
import Postgres
import ServiceRuntime

/// One version of a point as lists and answers show it.
struct PointRevision: Sendable {
    let pointID: PointID
    let documentID: DocumentID
    let revision: Int
    let state: RevisionState
    let content: PointContent
    let draftedBy: AccountID
    let editors: Set<AccountID>
    let publishedBy: AccountID?
    let publishedAt: BusinessTime?
    /// Reason of the last return or of the withdrawal; empty when there is none.
    let reason: String
    let expiredOn: CivilDate?
    /// Version of the whole point.
    let version: Int64

    /// The columns that ``init(_:coding:)`` reads, of `policy.point_revision` as r and `policy.point` as p.
    static let columns: SQL = """
        r.point_id, p.document_id, r.revision, r.state, r.drafted_by, r.editors, r.published_by, r.published_at, r.reason,
        r.expired_on, r.title, r.summary, r.clause, r.responsible_unit, r.contact_post, r.level, r.kind, r.tags, r.mode,
        r.materials, r.steps, r.funding, r.working_days, r.valid_from, r.valid_until, r.content_format, r.condition,
        r.benefit, r.audience, p.seq
        """

    /// A stored version.
    init(_ row: Row, coding: ContentCoding) throws {
        let parts = try coding.decode(
            ContentBytes(
                condition: row.get("condition"), benefit: row.get("benefit"), audience: row.get("audience")),
            row.get("content_format"))
        pointID = PointID(try row.get("point_id"))
        documentID = DocumentID(try row.get("document_id"))
        revision = Int(try row.get("revision", as: Int32.self))
        state = try .stored(row, "state")
        content = PointContent(
            title: try row.get("title"), summary: try row.get("summary"), clause: try row.get("clause"),
            responsibleUnit: try .stored(row, "responsible_unit"),
            contactPost: try row.get("contact_post"), level: try .stored(row, "level"),
            kind: try PolicyKind(stored: row.get("kind")),
            tags: Set(try row.get("tags", as: [String].self).map { try TagVocabulary.standard.tag(text: $0) }),
            condition: parts.condition, benefit: parts.benefit, audience: parts.audience,
            mode: try .stored(row, "mode"), materials: try row.get("materials"), steps: try row.get("steps"),
            funding: try row.get("funding"), workingDays: Int(try row.get("working_days", as: Int16.self)),
            valid: try .stored(row))
        draftedBy = AccountID(try row.get("drafted_by"))
        editors = Set(try row.get("editors", as: [String].self).map(AccountID.init))
        publishedBy = try row.get("published_by", as: String?.self).map(AccountID.init)
        publishedAt = try BusinessTime.optional(row, "published_at")
        reason = try row.get("reason")
        expiredOn = try CivilDate.optional(row, "expired_on")
        version = try row.get("seq")
    }

    /// The version as a draft.
    var draft: Draft {
        Draft(
            revision: revision, content: content, draftedBy: draftedBy, editors: editors,
            returnReason: reason.isEmpty ? nil : reason)
    }

    /// What became of the version, once published; nil for one in work or superseded.
    var standing: Standing? {
        get throws {
            guard let publishedBy, let publishedAt else { return nil }
            let publication = Publication(
                revision: revision, content: content, draftedBy: draftedBy, editors: editors, publishedBy: publishedBy,
                publishedAt: publishedAt)
            switch state {
            case .draft, .inReview, .superseded: return nil
            case .published: return .inForce(publication)
            case .withdrawn: return .withdrawn(publication, reason: reason)
            case .expired:
                guard let expiredOn else { throw PostgresError.decoding(column: "expired_on", reason: "is NULL") }
                return .expired(publication, on: expiredOn)
            }
        }
    }
}
