import Domain
import PolicyContracts
import PolicyDomain
import ServiceRuntime
import Wire

extension DocumentContent {
    /// Reads a document of the contract; identifier and version are ignored.
    ///
    /// - Throws: `InvalidFields` with every field at fault, below `document`.
    init(_ wire: Zhitongche_Policy_V1_Document) throws(InvalidFields) {
        var findings = FieldFindings()
        if wire.issuingUnitIds.count > 16 {
            throw InvalidFields([DomainError("document.issuing_unit_ids", .tooMany(limit: 16))])
        }
        if wire.relations.count > 32 { throw InvalidFields([DomainError("document.relations", .tooMany(limit: 32))]) }
        let units = wire.issuingUnitIds.enumerated().compactMap { index, unit in
            findings.collect { () throws(DomainError) in
                try UnitID(unit, field: "document.issuing_unit_ids[\(index)]")
            }
        }
        let relations = wire.relations.enumerated().compactMap { index, relation in
            findings.collect { () throws(DomainError) in
                let path = "document.relations[\(index)]"
                return DocumentRelation(
                    kind: try DocumentRelationKind(relation.kind, field: "\(path).kind"),
                    other: try DocumentID(relation.documentID, field: "\(path).document_id"))
            }
        }
        let level = findings.collect { () throws(DomainError) in try PolicyLevel(wire.level, field: "document.level") }
        let kind = findings.collect { () throws(DomainError) in try PolicyKind(wire.kind, field: "document.kind") }
        let issuedOn = findings.collect { () throws(DomainError) in
            try required(wire.hasIssuedOn ? wire.issuedOn : nil, field: "document.issued_on") {
                date throws(DomainError) in
                try CivilDate(date, field: "document.issued_on")
            }
        }
        let valid =
            wire.hasValid
            ? findings.collect { () throws(DomainError) in try Period(wire.valid, field: "document.valid") } : nil
        // Texts are checked along with the rest, so that all faults are told at once.
        do throws(InvalidFields) {
            try self.init(
                number: stored(wire.number), title: stored(wire.title), issuingUnits: units, level: level ?? .city,
                kind: kind ?? .supportive, issuedOn: issuedOn ?? .earliest, valid: valid, text: stored(wire.text),
                relations: relations)
        } catch {
            let found = Set(findings.errors.map(\.field))
            let isKnown = { (field: String) in found.contains { $0.hasPrefix(field) } }
            throw InvalidFields(findings.errors + error.errors.filter { !isKnown($0.field) })
        }
        try findings.finish()
    }
}

extension Document {
    /// The document on the wire.
    var wire: Zhitongche_Policy_V1_Document {
        .with {
            $0.documentID = id.description
            $0.number = content.number
            $0.title = content.title
            $0.issuingUnitIds = content.issuingUnits.map(\.text)
            $0.level = content.level.wire
            $0.kind = content.kind.wire
            $0.issuedOn = content.issuedOn.wire
            if let valid = content.valid { $0.valid = valid.wire }
            $0.text = content.text
            $0.relations = content.relations.map { relation in
                .with {
                    $0.kind = relation.kind.wire
                    $0.documentID = relation.other.description
                }
            }
            $0.version = version
        }
    }
}
