import PolicyDomain
import Postgres
import ServiceRuntime

/// Where the service keeps its state.
struct PolicyStore: Sendable {
    let documents = DocumentRepository()
    let points: PointRepository
    let index = SearchIndex()

    /// A store that writes the machine-readable parts of contents by a coding.
    init(coding: ContentCoding) { points = PointRepository(coding: coding) }

    /// The document.
    ///
    /// - Throws: `Problem` NOT_FOUND.
    func document(_ id: DocumentID, in tx: Transaction) throws -> Document {
        guard let document = try documents.find(id, in: tx) else { throw Problem.notFound("document \(id)") }
        return document
    }

    /// The point as its reader saw it.
    ///
    /// - Throws: `Problem` NOT_FOUND, or ABORTED with the current version when someone changed it since.
    func point(_ id: PointID, version: Int64, in tx: Transaction) throws -> Point {
        guard let point = try points.find(id, in: tx) else { throw Problem.notFound("point \(id)") }
        guard point.version == version else { throw Problem.conflict(currentVersion: point.version) }
        return point
    }

    /// The newest version of a point that exists.
    func newest(_ id: PointID, in tx: Transaction) throws -> PointRevision {
        guard let revision = try points.newest(id, in: tx) else { throw Problem.notFound("point \(id)") }
        return revision
    }
}
