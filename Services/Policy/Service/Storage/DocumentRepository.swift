import Domain
import Foundation
import PolicyDomain
import Postgres
import ServiceRuntime

/// Documents in the schema `policy` (POL-1).
struct DocumentRepository: Sendable {
    /// Stores a new document.
    ///
    /// - Throws: `Problem` ALREADY_EXISTS when its owner used the number before, INVALID_ARGUMENT naming a relation to
    ///   a document that is not there.
    func insert(_ document: Document, in tx: Transaction) throws {
        let content = document.content
        try checkRelations(content.relations, in: tx)
        do {
            try tx.execute(
                """
                INSERT INTO policy.document
                    (id, number, title, owner_unit, issuing_units, level, kind, issued_on, valid_from, valid_until,
                     body, entered_at, seq)
                VALUES (\(document.id.uuid), \(content.number), \(content.title), \(content.owner.text),
                    \(content.issuingUnits.map(\.text)), \(content.level.rawValue), \(content.kind.stored),
                    \(content.issuedOn.stored), \(content.valid?.start.stored), \(content.valid?.end?.stored),
                    \(content.text), \(document.enteredAt.instant), \(document.version))
                """, expecting: 1)
        } catch let error as PostgresError where error.isUniqueViolation(constraint: "document_number_once") {
            throw Problem.alreadyExists("document \(content.number) of \(content.owner)")
        }
        try tx.execute(
            """
            INSERT INTO policy.document_relation (document_id, place, kind, other_id)
            SELECT \(document.id.uuid), place, kind, other_id
            FROM unnest(\(content.relations.map(\.kind.rawValue)), \(content.relations.map(\.other.uuid)))
                WITH ORDINALITY AS given (kind, other_id, place)
            """, expecting: content.relations.count)
    }

    private func checkRelations(_ relations: [DocumentRelation], in tx: Transaction) throws {
        guard !relations.isEmpty else { return }
        let known = Set(
            try tx.query("SELECT id FROM policy.document WHERE id = ANY (\(relations.map(\.other.uuid)))") {
                try $0.get("id", as: UUID.self)
            })
        let violations = relations.enumerated().filter { !known.contains($1.other.uuid) }.map {
            Problem.FieldViolation("document.relations[\($0.offset)].document_id", "no such document")
        }
        if !violations.isEmpty { throw Problem.invalid(violations) }
    }

    /// One document; nil when there is none.
    func find(_ id: DocumentID, in tx: Transaction) throws -> Document? {
        let row = try tx.first(
            """
            SELECT id, number, title, issuing_units, level, kind, issued_on, valid_from, valid_until, body, entered_at,
                seq
            FROM policy.document WHERE id = \(id.uuid)
            """)
        guard let row else { return nil }
        let relations = try relations(of: [id.uuid], in: tx)
        return try reading { try Document(row, relations: relations[id.uuid] ?? []) }
    }

    /// Documents without their texts, newest date of issue first.
    func list(_ page: DocumentPage, in tx: Transaction) throws -> [Document] {
        var sql: SQL = """
            SELECT id, number, title, issuing_units, level, kind, issued_on, valid_from, valid_until, '' AS body,
                entered_at, seq
            FROM policy.document WHERE true
            """
        if let level = page.level { sql += " AND level = \(level.rawValue)" }
        if let unit = page.issuingUnit { sql += " AND issuing_units @> \([unit.text])" }
        if let (date, id) = page.after { sql += " AND (issued_on, id) < (\(date.stored), \(id.uuid))" }
        sql += " ORDER BY issued_on DESC, id DESC LIMIT \(page.limit)"
        let rows = try tx.query(sql)
        let relations = try relations(of: rows.map { try $0.get("id", as: UUID.self) }, in: tx)
        return try rows.map { row in
            try reading { try Document(row, relations: relations[try row.get("id")] ?? []) }
        }
    }

    private func relations(of ids: [UUID], in tx: Transaction) throws -> [UUID: [DocumentRelation]] {
        var relations: [UUID: [DocumentRelation]] = [:]
        for row in try tx.query(
            """
            SELECT document_id, kind, other_id FROM policy.document_relation
            WHERE document_id = ANY (\(ids)) ORDER BY document_id, place
            """)
        {
            let relation = DocumentRelation(kind: try .stored(row, "kind"), other: DocumentID(try row.get("other_id")))
            relations[try row.get("document_id"), default: []].append(relation)
        }
        return relations
    }
}

/// Which documents a list shows.
struct DocumentPage: Sendable {
    /// One level only.
    let level: PolicyLevel?
    /// Documents that this unit issued, alone or with others.
    let issuingUnit: UnitID?
    /// The last entry of the page before.
    let after: (issuedOn: CivilDate, id: DocumentID)?
    /// Entries at most.
    let limit: Int
}

extension Document {
    /// A stored document.
    fileprivate init(_ row: Row, relations: [DocumentRelation]) throws {
        self.init(
            id: DocumentID(try row.get("id")),
            content: try DocumentContent(
                number: row.get("number"), title: row.get("title"),
                issuingUnits: row.get("issuing_units", as: [String].self).map {
                    try UnitID($0, field: "issuing_units")
                },
                level: .stored(row, "level"), kind: PolicyKind(stored: row.get("kind")),
                issuedOn: .stored(row, "issued_on"), valid: .stored(row), text: row.get("body"),
                relations: relations),
            enteredAt: try .stored(row, "entered_at"), version: try row.get("seq"))
    }
}
