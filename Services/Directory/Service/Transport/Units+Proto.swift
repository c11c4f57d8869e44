import CommonContracts
import DirectoryContracts
import DirectoryDomain
import Domain
import ServiceRuntime
import Wire

typealias WireUnit = Zhitongche_Directory_V1_Unit
typealias WireRegion = Zhitongche_Directory_V1_Region

extension UnitKind {
    /// - Throws: ``Problem`` INVALID_ARGUMENT for an unspecified or unknown kind.
    init(_ wire: Zhitongche_Directory_V1_UnitKind, field: String) throws {
        switch wire {
        case .leadingGroup: self = .leadingGroup
        case .leadingGroupOffice: self = .leadingGroupOffice
        case .bureau: self = .bureau
        case .taskForce: self = .taskForce
        case .serviceLine: self = .serviceLine
        case .campaignGroup: self = .campaignGroup
        case .developingEntity: self = .developingEntity
        case .investmentGroup: self = .investmentGroup
        case .promotionOffice: self = .promotionOffice
        case .outsideBody: self = .outsideBody
        case .unspecified, .UNRECOGNIZED: throw Problem.invalid(field, "must be one of the kinds of unit")
        }
    }

    var wire: Zhitongche_Directory_V1_UnitKind {
        switch self {
        case .leadingGroup: .leadingGroup
        case .leadingGroupOffice: .leadingGroupOffice
        case .bureau: .bureau
        case .taskForce: .taskForce
        case .serviceLine: .serviceLine
        case .campaignGroup: .campaignGroup
        case .developingEntity: .developingEntity
        case .investmentGroup: .investmentGroup
        case .promotionOffice: .promotionOffice
        case .outsideBody: .outsideBody
        }
    }
}

extension Unit {
    /// A new unit as it came in; version and successors are ignored.
    ///
    /// - Throws: ``Problem``, ``FieldProblem`` or `DomainError` naming the field at fault.
    init(new wire: WireUnit) throws {
        guard wire.hasActive, wire.active.hasStart else { throw Problem.invalid("unit.active.start", "is required") }
        guard !wire.active.hasEnd else { throw Problem.invalid("unit.active.end", "is set by EndUnit") }
        let id = try UnitID(wire.unitID, field: "unit.unit_id")
        do {
            self = try Unit.create(
                id: id,
                charter: try Charter(
                    kind: try UnitKind(wire.kind, field: "unit.kind"),
                    parent: wire.parentID.isEmpty ? nil : try UnitID(wire.parentID, field: "parent_id"),
                    region: try RegionCode(wire.region, field: "unit.region"),
                    responsibilities: try wire.responsibilities.enumerated().map { index, topic in
                        try plain(topic, "unit.responsibilities[\(index)]")
                    }, subject: try plain(wire.subject, "unit.subject"),
                    responsibleUnit: wire.responsibleUnitID.isEmpty
                        ? nil : try UnitID(wire.responsibleUnitID, field: "responsible_unit_id"),
                    contactPost: try plain(wire.contactPost, "unit.contact_post")),
                name: try UnitName(
                    name: try plain(wire.name, "unit.name"), shortName: try plain(wire.shortName, "unit.short_name"),
                    from: try CivilDate(wire.active.start, field: "unit.active.start")))
        } catch let error as FieldProblem {
            throw FieldProblem("unit.\(error.field)", error.expectation)
        }
    }

    var wire: WireUnit {
        .with {
            $0.unitID = id.text
            $0.name = name.name
            $0.shortName = name.shortName
            $0.kind = charter.kind.wire
            $0.parentID = charter.parent?.text ?? ""
            $0.region = charter.region.description
            $0.responsibilities = charter.responsibilities
            $0.subject = charter.subject
            $0.responsibleUnitID = charter.responsibleUnit?.text ?? ""
            $0.contactPost = charter.contactPost
            $0.active = .with {
                $0.start = start.wire
                if let end { $0.end = end.wire }
            }
            $0.successorIds = successors.map(\.text)
            $0.version = version
        }
    }
}

extension Region {
    /// A region as it came in.
    ///
    /// - Throws: ``Problem``, ``FieldProblem`` or `DomainError` naming the field at fault.
    init(_ wire: WireRegion) throws {
        let code = try RegionCode(wire.code, field: "region.code")
        let parent = code.parent?.description ?? ""
        guard wire.parent == parent else {
            throw Problem.invalid(
                "region.parent", parent.isEmpty ? "must be empty for a province" : "must be \(parent)")
        }
        try self.init(code: code, name: try plain(wire.name, "region.name"))
    }

    var wire: WireRegion {
        .with {
            $0.code = code.description
            $0.name = name
            $0.parent = code.parent?.description ?? ""
        }
    }
}
