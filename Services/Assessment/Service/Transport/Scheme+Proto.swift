import AssessmentContracts
import AssessmentDomain
import CommonContracts
import Domain
import ServiceRuntime

extension SchemeContent {
    /// Reads a content; tree and parameters are checked against the indicators afterwards.
    ///
    /// - Throws: `DomainError` below `content`.
    init(_ wire: Zhitongche_Assessment_V1_SchemeContent) throws(DomainError) {
        guard wire.nodes.count <= Self.greatestSize else {
            throw DomainError("content.nodes", .tooMany(limit: Self.greatestSize))
        }
        guard wire.bonusUnitIds.count <= 3_000 else {
            throw DomainError("content.bonus_unit_ids", .tooMany(limit: 3_000))
        }
        var nodes: [SchemeNode] = []
        for (index, node) in wire.nodes.enumerated() { nodes.append(try SchemeNode(node, "content.nodes[\(index)]")) }
        var units: Set<UnitID> = []
        for (index, unit) in wire.bonusUnitIds.enumerated() {
            units.insert(try UnitID(unit, field: "content.bonus_unit_ids[\(index)]"))
        }
        self.init(
            name: stored(wire.name), nodes: nodes,
            bonusCap: wire.hasBonusCap ? try FixedNumber(wire.bonusCap, field: "content.bonus_cap") : .zero,
            bonusUnits: units, verifiedOnly: wire.verifiedOnly)
    }

    /// The content on the wire; lists leave the nodes out.
    func wire(isWhole: Bool = true) -> Zhitongche_Assessment_V1_SchemeContent {
        .with {
            $0.name = name
            if isWhole {
                $0.nodes = nodes.map(\.wire)
                $0.bonusUnitIds = bonusUnits.sorted().map(\.text)
            }
            $0.bonusCap = bonusCap.wire
            $0.verifiedOnly = verifiedOnly
        }
    }
}

extension SchemeNode {
    fileprivate init(_ wire: Zhitongche_Assessment_V1_SchemeNode, _ field: String) throws(DomainError) {
        let content: Content
        if let function = wire.hasFunction ? wire.function.function : nil {
            content = .leaf(
                try IndicatorID(wire.indicatorID, field: "\(field).indicator_id"),
                try ScoringFunction(function, "\(field).function"))
        } else {
            guard wire.indicatorID.isEmpty else { throw DomainError("\(field).function", .empty) }
            content = .branch
        }
        self.init(
            code: try NodeCode(wire.code, field: "\(field).code"),
            parent: wire.parentCode.isEmpty ? nil : try NodeCode(wire.parentCode, field: "\(field).parent_code"),
            name: stored(wire.name),
            weight: wire.hasWeight ? try FixedNumber(wire.weight, field: "\(field).weight") : .zero,
            content: content)
    }

    fileprivate var wire: Zhitongche_Assessment_V1_SchemeNode {
        .with {
            $0.code = code.text
            $0.parentCode = parent?.text ?? ""
            $0.name = name
            $0.weight = weight.wire
            switch content {
            case .branch: break
            case .leaf(let indicator, let function):
                $0.indicatorID = indicator.text
                $0.function.function = function.wire
            }
        }
    }
}

extension ScoringFunction {
    fileprivate init(
        _ wire: Zhitongche_Assessment_V1_ScoringFunction.OneOf_Function, _ field: String
    ) throws(DomainError) {
        func number(_ part: Zhitongche_Common_V1_Decimal, _ has: Bool, _ name: String) throws(DomainError)
            -> FixedNumber
        {
            try FixedNumber(has ? part : nil, field: "\(field).\(name)")
        }
        switch wire {
        case .completion(let score):
            self = .completion(
                cap: try number(score.cap, score.hasCap, "completion.cap"),
                floor: score.hasFloor ? try number(score.floor, true, "completion.floor") : .zero)
        case .scheduledProgress(let score):
            guard score.duePercent.count <= 12 else {
                throw DomainError("\(field).scheduled_progress.due_percent", .tooMany(limit: 12))
            }
            var due: [FixedNumber] = []
            for (index, share) in score.duePercent.enumerated() {
                due.append(try number(share, true, "scheduled_progress.due_percent[\(index)]"))
            }
            self = .scheduledProgress(
                cap: try number(score.cap, score.hasCap, "scheduled_progress.cap"), duePercent: due)
        case .growth(let score):
            self = .growth(
                atMean: try number(score.atMean, score.hasAtMean, "growth.at_mean"),
                perPercent: try number(score.perPercent, score.hasPerPercent, "growth.per_percent"),
                cap: try number(score.cap, score.hasCap, "growth.cap"))
        case .efficacy(let score):
            self = .efficacy(
                floor: score.hasFloor ? try number(score.floor, true, "efficacy.floor") : nil,
                best: score.hasBest ? try number(score.best, true, "efficacy.best") : nil)
        case .rankSteps(let score):
            guard score.steps.count <= 64 else { throw DomainError("\(field).rank_steps.steps", .tooMany(limit: 64)) }
            var steps: [RankStep] = []
            for (index, step) in score.steps.enumerated() {
                steps.append(
                    RankStep(
                        upTo: Int(step.upToRank),
                        points: try number(step.points, step.hasPoints, "rank_steps.steps[\(index)].points")))
            }
            self = .rankSteps(steps)
        case .threshold(let score): self = .threshold(try number(score.limit, score.hasLimit, "threshold.limit"))
        case .veto(let score): self = .veto(try number(score.limit, score.hasLimit, "veto.limit"))
        case .bonus(let score):
            self = .bonus(
                points: try number(score.points, score.hasPoints, "bonus.points"),
                cap: try number(score.cap, score.hasCap, "bonus.cap"))
        case .deduction(let score):
            self = .deduction(
                points: try number(score.points, score.hasPoints, "deduction.points"),
                cap: try number(score.cap, score.hasCap, "deduction.cap"))
        }
    }

    fileprivate var wire: Zhitongche_Assessment_V1_ScoringFunction.OneOf_Function {
        switch self {
        case .completion(let cap, let floor):
            .completion(
                .with {
                    $0.cap = cap.wire
                    $0.floor = floor.wire
                })
        case .scheduledProgress(let cap, let due):
            .scheduledProgress(
                .with {
                    $0.cap = cap.wire
                    $0.duePercent = due.map(\.wire)
                })
        case .growth(let atMean, let perPercent, let cap):
            .growth(
                .with {
                    $0.atMean = atMean.wire
                    $0.perPercent = perPercent.wire
                    $0.cap = cap.wire
                })
        case .efficacy(let floor, let best):
            .efficacy(
                .with {
                    if let floor { $0.floor = floor.wire }
                    if let best { $0.best = best.wire }
                })
        case .rankSteps(let steps):
            .rankSteps(
                .with {
                    $0.steps = steps.map { step in
                        .with {
                            $0.upToRank = Int32(step.upTo)
                            $0.points = step.points.wire
                        }
                    }
                })
        case .threshold(let limit): .threshold(.with { $0.limit = limit.wire })
        case .veto(let limit): .veto(.with { $0.limit = limit.wire })
        case .bonus(let points, let cap):
            .bonus(
                .with {
                    $0.points = points.wire
                    $0.cap = cap.wire
                })
        case .deduction(let points, let cap):
            .deduction(
                .with {
                    $0.points = points.wire
                    $0.cap = cap.wire
                })
        }
    }
}

extension StoredScheme {
    /// The version on the wire; lists leave the nodes out.
    func wire(isWhole: Bool) -> Zhitongche_Assessment_V1_Scheme {
        .with {
            $0.schemeID = id.description
            $0.tier = tier.wire
            $0.revision = Int32(revision.number)
            $0.state = state.wire
            $0.content = revision.content.wire(isWhole: isWhole)
            $0.version = version
        }
    }
}
