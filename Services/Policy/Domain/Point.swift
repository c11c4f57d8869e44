import Domain

/// A policy point over all of its versions: at most one is being written, at most one is or was last in force (POL-6).
///
/// Behaviours are in their own files: writing, review, publication, revision, expiry. Every change raises ``version``.
public struct Point: Hashable, Sendable {
    /// Where the point stands.
    public enum State: Hashable, Sendable {
        /// A version is being written; `before` is what was published before it.
        case draft(Draft, before: Standing?)
        /// A version waits for a second person; `before` is what was published before it.
        case inReview(Draft, before: Standing?)
        /// No version is being written.
        case standing(Standing)
    }

    /// Identifier.
    public let id: PointID
    /// The document it belongs to.
    public let documentID: DocumentID
    /// Where it stands.
    public internal(set) var state: State
    /// Version for concurrent edits, from 1; grows by one with every change.
    public internal(set) var version: Int64

    /// A point as it was stored.
    public init(id: PointID, documentID: DocumentID, state: State, version: Int64) {
        self.id = id
        self.documentID = documentID
        self.state = state
        self.version = version
    }

    /// Drafts the first version of a new point.
    public static func draft(
        _ content: PointContent, of documentID: DocumentID, id: PointID, by author: AccountID
    ) -> Point {
        let draft = Draft(revision: 1, content: content, draftedBy: author, editors: [], returnReason: nil)
        return Point(id: id, documentID: documentID, state: .draft(draft, before: nil), version: 1)
    }

    /// The version being written or reviewed; nil when there is none.
    public var work: Draft? {
        switch state {
        case .draft(let draft, _), .inReview(let draft, _): draft
        case .standing: nil
        }
    }

    /// The version that is or was last in force; nil before the first publication.
    public var standing: Standing? {
        switch state {
        case .draft(_, let before), .inReview(_, let before): before
        case .standing(let standing): standing
        }
    }

    /// The version in force; nil when there is none.
    public var inForce: Publication? {
        switch standing {
        case .inForce(let publication): publication
        case .withdrawn, .expired, nil: nil
        }
    }

    /// The unit that answers for the newest version.
    public var responsibleUnit: UnitID {
        switch state {
        case .draft(let draft, _), .inReview(let draft, _): draft.content.responsibleUnit
        case .standing(let standing): standing.publication.content.responsibleUnit
        }
    }

    /// The state's name for people and errors.
    public var stateName: RevisionState {
        switch state {
        case .draft: .draft
        case .inReview: .inReview
        case .standing(.inForce): .published
        case .standing(.withdrawn): .withdrawn
        case .standing(.expired): .expired
        }
    }
}

/// The states of one version of a point, as contract and storage name them.
public enum RevisionState: String, Hashable, Sendable, CaseIterable {
    case draft
    case inReview = "in_review"
    case published
    case withdrawn
    case expired
    case superseded
}

/// A version that is being written or reviewed.
public struct Draft: Hashable, Sendable {
    /// Number of the version, from 1.
    public let revision: Int
    /// What it says so far.
    public internal(set) var content: PointContent
    /// Who drafted it.
    public let draftedBy: AccountID
    /// Who else changed it.
    public internal(set) var editors: Set<AccountID>
    /// Why it was last sent back; nil when it was not.
    public internal(set) var returnReason: String?

    /// A draft as it was stored.
    public init(
        revision: Int, content: PointContent, draftedBy: AccountID, editors: Set<AccountID>, returnReason: String?
    ) {
        self.revision = revision
        self.content = content
        self.draftedBy = draftedBy
        self.editors = editors
        self.returnReason = returnReason
    }

    /// Everybody who wrote on it; none of them may publish it (POL-6).
    public var authors: Set<AccountID> { editors.union([draftedBy]) }
}

/// A version that came into force; it never changes again.
public struct Publication: Hashable, Sendable {
    /// Number of the version.
    public let revision: Int
    /// What it says.
    public let content: PointContent
    /// Who drafted it.
    public let draftedBy: AccountID
    /// Who else wrote on it.
    public let editors: Set<AccountID>
    /// Who published it.
    public let publishedBy: AccountID
    /// When, in business time.
    public let publishedAt: BusinessTime

    /// A publication as it was stored.
    public init(
        revision: Int, content: PointContent, draftedBy: AccountID, editors: Set<AccountID>, publishedBy: AccountID,
        publishedAt: BusinessTime
    ) {
        self.revision = revision
        self.content = content
        self.draftedBy = draftedBy
        self.editors = editors
        self.publishedBy = publishedBy
        self.publishedAt = publishedAt
    }
}

/// What became of the newest published version.
public enum Standing: Hashable, Sendable {
    /// It is in force.
    case inForce(Publication)
    /// It was withdrawn for a reason.
    case withdrawn(Publication, reason: String)
    /// Its validity ended; the day is the first one on which it no longer held.
    case expired(Publication, on: CivilDate)

    /// The version itself.
    public var publication: Publication {
        switch self {
        case .inForce(let publication), .withdrawn(let publication, _), .expired(let publication, _): publication
        }
    }
}
