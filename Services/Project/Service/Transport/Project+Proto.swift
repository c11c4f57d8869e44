import Domain
import ProjectContracts
import ProjectDomain
import ServiceRuntime
import Wire

extension ProjectProfile {
    /// Reads what a project says of itself.
    ///
    /// - Throws: `InvalidFields` with every field at fault, below `profile`.
    init(_ wire: Zhitongche_Project_V1_ProjectProfile) throws(InvalidFields) {
        var findings = FieldFindings()
        let unit = findings.collect { () throws(DomainError) in try UnitID(wire.unitID, field: "profile.unit_id") }
        let region = findings.collect { () throws(DomainError) in
            try RegionCode(wire.region, field: "profile.region")
        }
        let investor = findings.gather { () throws(InvalidFields) in
            try Investor(name: wire.investor, creditCode: wire.investorCreditCode, field: "profile")
        }
        let enterprise =
            wire.enterpriseID.isEmpty
            ? nil
            : findings.collect { () throws(DomainError) in
                try Identifier<Investor>(wire.enterpriseID, field: "profile.enterprise_id").description
            }
        let source = findings.collect { () throws(DomainError) in
            try ProjectSource(wire.source, field: "profile.source")
        }
        let nature = findings.collect { () throws(DomainError) in
            try ProjectNature(wire.nature, field: "profile.nature")
        }
        let investment = findings.gather { () throws(InvalidFields) in
            try Investment(wire.investment, field: "profile.investment")
        }
        let size = findings.collect { () throws(DomainError) in try SizeClass(wire.size, field: "profile.size") }
        let industry = findings.collect { () throws(DomainError) in
            try IndustryCode(wire.industry, field: "profile.industry")
        }
        let chainRole =
            findings.collect { () throws(DomainError) in
                try ChainRole.optional(wire.chainRole, field: "profile.chain_role")
            } ?? nil
        let category =
            findings.collect { () throws(DomainError) in
                try ProjectCategory.optional(wire.category, field: "profile.category")
            } ?? nil
        if wire.standings.count > InvestorStanding.allCases.count {
            findings.add(DomainError("profile.standings", .tooMany(limit: InvestorStanding.allCases.count)))
        }
        let standings = wire.standings.prefix(InvestorStanding.allCases.count).enumerated().compactMap {
            index, standing in
            findings.collect { () throws(DomainError) in
                try InvestorStanding(standing, field: "profile.standings[\(index)]")
            }
        }
        findings.checkText(stored(wire.name), 1...128, field: "profile.name")
        findings.checkText(stored(wire.site), 1...128, field: "profile.site")
        findings.checkText(stored(wire.industryGroup), 0...64, field: "profile.industry_group")
        guard let unit, let region, let investor, let source, let nature, let investment, let size, let industry else {
            throw InvalidFields(findings.errors)
        }
        try findings.finish()
        try self.init(
            name: stored(wire.name), unit: unit, region: region, site: stored(wire.site), investor: investor,
            enterprise: enterprise, source: source, nature: nature, investment: investment, size: size,
            industry: industry, industryGroup: stored(wire.industryGroup), chainRole: chainRole, category: category,
            hasOwnProcedure: wire.ownProcedure, standings: Set(standings))
    }

    var wire: Zhitongche_Project_V1_ProjectProfile {
        .with {
            $0.name = name
            $0.unitID = unit.text
            $0.region = region.description
            $0.site = site
            $0.investor = investor.name
            $0.investorCreditCode = investor.creditCode?.text ?? ""
            $0.enterpriseID = enterprise ?? ""
            $0.source = source.wire
            $0.nature = nature.wire
            $0.investment = investment.wire
            $0.size = size.wire
            $0.industry = industry.description
            $0.industryGroup = industryGroup
            $0.chainRole = chainRole.wire
            $0.category = category.wire
            $0.ownProcedure = hasOwnProcedure
            $0.standings = standings.map(\.wire)
        }
    }
}

extension Evidence {
    init(_ wire: Zhitongche_Project_V1_Evidence, field: String) throws {
        try self.init(
            kind: EvidenceKind(wire.kind, field: "\(field).kind"), number: stored(wire.number),
            dated: required(wire.hasDated ? wire.dated : nil, field: "\(field).dated"), field: field)
    }

    var wire: Zhitongche_Project_V1_Evidence {
        .with {
            $0.kind = kind.wire
            $0.number = number
            $0.dated = dated.wire
        }
    }
}

extension StageEntry {
    var wire: Zhitongche_Project_V1_StageEntry {
        .with {
            $0.from = fact.from.wire
            $0.to = fact.to.wire
            $0.enteredOn = fact.on.wire
            $0.evidence = fact.evidence.map(\.wire)
            $0.reason = fact.reason
            $0.recordedAt = recordedAt.wire
            $0.number = Int32(number)
        }
    }
}

extension ProjectView {
    var wire: Zhitongche_Project_V1_Project {
        var wire = project.wire
        wire.repeatsProjectID = repeats?.description ?? ""
        return wire
    }
}

extension Project {
    /// The project without the signing that it repeats, as in lists.
    var wire: Zhitongche_Project_V1_Project {
        .with {
            $0.projectID = id.description
            $0.number = number
            $0.profile = profile.wire
            $0.stage = stage.wire
            $0.status = status.wire
            switch state {
            case .active: break
            case .suspended(_, let reason), .terminated(_, let reason): $0.statusReason = reason
            }
            $0.library = library.standing.wire
            if let decision = library.decision {
                $0.decisionNumber = decision.number
                $0.decidedOn = decision.day.wire
            }
            if let plan { $0.plan = plan.wire }
            if let figures { $0.figures = figures.wire }
            $0.light = lamp.light.wire
            $0.lightReasons = lamp.reasons.map(\.wire)
            if let redSince = lamp.redSince { $0.redSince = redSince.wire }
            if let statisticsOn { $0.statisticsOn = statisticsOn.wire }
            $0.leadID = lead?.description ?? ""
            $0.registeredAt = registeredAt.wire
            $0.version = version
        }
    }
}
