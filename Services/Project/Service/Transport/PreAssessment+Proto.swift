import Domain
import Foundation
import ProjectContracts
import ProjectDomain
import ServiceRuntime
import Wire

extension PreAssessment.Paper {
    init(_ wire: Zhitongche_Project_V1_Paper, field: String) throws(InvalidFields) {
        var findings = FieldFindings()
        findings.checkText(stored(wire.title), 1...128, field: "\(field).title")
        findings.checkText(stored(wire.number), 0...128, field: "\(field).number")
        if !wire.sha256.isEmpty, wire.sha256.count != 32 {
            findings.add(DomainError("\(field).sha256", .malformed(expected: "32 bytes")))
        }
        try findings.finish()
        self.init(title: stored(wire.title), number: stored(wire.number), sha256: Array(wire.sha256))
    }

    var wire: Zhitongche_Project_V1_Paper {
        .with {
            $0.title = title
            $0.number = number
            $0.sha256 = Data(sha256)
        }
    }
}

extension PreAssessment {
    /// The pre-assessment with everything, or as lists show it: without texts, papers and experts.
    func wire(whole: Bool) -> Zhitongche_Project_V1_PreAssessment {
        .with {
            $0.preAssessmentID = id.description
            $0.projectID = project.description
            $0.applicantUnitID = applicant.text
            $0.state = stateName.wire
            $0.opinions = bureaus.map { $0.wire(dueAt: dueAt, whole: whole) }
            $0.result = end.result?.wire ?? .unspecified
            $0.requestedAt = requestedAt.wire
            if let at = end.at { $0.endedAt = at.wire }
            $0.version = version
            guard whole else { return }
            $0.papers = papers.map(\.wire)
            $0.expertOpinions = experts.map(\.wire)
            if let draw { $0.draw = draw.wire }
            $0.text = end.text
        }
    }
}

extension BureauOpinion {
    fileprivate func wire(dueAt: BusinessTime, whole: Bool) -> Zhitongche_Project_V1_BureauOpinion {
        .with {
            $0.bureauUnitID = unit.text
            $0.aspects = aspects.map(\.wire)
            $0.dueAt = dueAt.wire
            $0.overdue = isOverdue
            guard let statement else { return }
            $0.opinion = statement.opinion.wire
            $0.veto = statement.veto.wire
            $0.givenAt = statement.at.wire
            if whole { $0.text = statement.text }
        }
    }
}

extension ExpertOpinion {
    fileprivate var wire: Zhitongche_Project_V1_ExpertOpinion {
        .with {
            $0.expertID = expert.description
            guard let statement else { return }
            $0.opinion = statement.opinion.wire
            $0.text = statement.text
            $0.givenAt = statement.at.wire
        }
    }
}

extension ExpertDraw {
    fileprivate var wire: Zhitongche_Project_V1_ExpertDraw {
        .with {
            $0.seed = seed
            $0.candidateIds = candidates.map(\.description)
            $0.excludedIds = excluded.map(\.description)
            $0.drawnIds = drawn.map(\.description)
        }
    }
}

/// Reads aspects, each once.
func aspects(_ wire: [Zhitongche_Project_V1_Aspect], field: String) throws -> Set<Aspect> {
    guard wire.count <= Aspect.allCases.count else {
        throw DomainError(field, .tooMany(limit: Aspect.allCases.count))
    }
    return Set(try wire.enumerated().map { try Aspect($1, field: "\(field)[\($0)]") })
}

extension OpinionBureau {
    init(_ wire: Zhitongche_Project_V1_OpinionBureau) throws {
        guard wire.version >= 0 else { throw DomainError("bureau.version", .outOfRange("0 or more")) }
        try self.init(
            unit: UnitID(wire.unitID, field: "bureau.unit_id"),
            aspects: ProjectService.aspects(wire.aspects, field: "bureau.aspects"), isActive: wire.active,
            combines: wire.combines, version: wire.version)
    }

    var wire: Zhitongche_Project_V1_OpinionBureau {
        .with {
            $0.unitID = unit.text
            $0.aspects = aspects.map(\.wire)
            $0.active = isActive
            $0.combines = combines
            $0.version = version
        }
    }
}

extension Expert {
    /// Reads an expert; a new one gets the given identifier.
    init(_ wire: Zhitongche_Project_V1_Expert, fresh: ExpertID) throws {
        guard wire.interests.count <= 32 else { throw DomainError("expert.interests", .tooMany(limit: 32)) }
        guard wire.expertID.isEmpty == (wire.version == 0), wire.version >= 0 else {
            throw DomainError("expert.version", .outOfRange("0 for a new expert, else the version that was read"))
        }
        try self.init(
            id: wire.expertID.isEmpty ? fresh : ExpertID(wire.expertID, field: "expert.expert_id"),
            name: stored(wire.name), employer: stored(wire.employer),
            employerUnit: wire.employerUnitID.isEmpty
                ? nil : UnitID(wire.employerUnitID, field: "expert.employer_unit_id"),
            aspects: ProjectService.aspects(wire.aspects, field: "expert.aspects"),
            interests: wire.interests.map { stored($0) }, isActive: wire.active, version: wire.version)
    }

    var wire: Zhitongche_Project_V1_Expert {
        .with {
            $0.expertID = id.description
            $0.name = name
            $0.employer = employer
            $0.employerUnitID = employerUnit?.text ?? ""
            $0.aspects = aspects.map(\.wire)
            $0.interests = interests
            $0.active = isActive
            $0.version = version
        }
    }
}
