import Domain

extension SchemeContent {
    /// Greatest number of nodes.
    public static let greatestSize = 500
    /// Most levels of the tree.
    public static let greatestDepth = 8
    /// Greatest points of any kind.
    static let greatestPoints = FixedNumber(whole: 1_000)

    /// Checks tree, weights and parameters (ASM-8).
    ///
    /// - Parameter directions: the indicators that exist, with what is better of them.
    /// - Throws: `InvalidFields` below `content`.
    public func validate(for directions: [IndicatorID: Direction]) throws(InvalidFields) {
        var findings = FieldFindings()
        findings.checkText(name, 1...128, field: "content.name")
        Self.checkPoints(bonusCap, "content.bonus_cap", &findings)
        if bonusUnits.count > 3_000 { findings.add(DomainError("content.bonus_unit_ids", .tooMany(limit: 3_000))) }
        if nodes.isEmpty { findings.add(DomainError("content.nodes", .empty)) }
        if nodes.count > Self.greatestSize {
            throw InvalidFields([DomainError("content.nodes", .tooMany(limit: Self.greatestSize))])
        }
        checkTree(&findings)
        for (index, node) in nodes.enumerated() {
            let field = "content.nodes[\(index)]"
            findings.checkText(node.name, 1...128, field: "\(field).name")
            if node.weight < .zero || node.weight > FixedNumber(whole: 100) {
                findings.add(DomainError("\(field).weight", .outOfRange("0 to 100")))
            }
            guard case .leaf(let indicator, let function) = node.content else { continue }
            guard let direction = directions[indicator] else {
                findings.add(DomainError("\(field).indicator_id", .unknown("indicator")))
                continue
            }
            if !function.isWeighted, node.weight != .zero {
                findings.add(DomainError("\(field).weight", .outOfRange("0 for a veto, bonus or deduction")))
            }
            function.check(direction, "\(field).function", &findings)
        }
        try findings.finish()
    }

    private func checkTree(_ findings: inout FieldFindings) {
        var depths: [NodeCode: Int] = [:]
        var branches: [NodeCode: Int] = [:]
        var sums: [NodeCode: Int64] = [:]
        var top: Int64 = 0
        for (index, node) in nodes.enumerated() {
            let field = "content.nodes[\(index)]"
            if depths[node.code] != nil { findings.add(DomainError("\(field).code", .duplicate("code"))) }
            var depth = 1
            if let parent = node.parent {
                guard branches[parent] != nil, let above = depths[parent] else {
                    findings.add(DomainError("\(field).parent_code", .unknown("branch before it")))
                    continue
                }
                depth = above + 1
                sums[parent, default: 0] += node.weight.millionths
            } else {
                top += node.weight.millionths
            }
            if depth > Self.greatestDepth {
                findings.add(DomainError("\(field).parent_code", .tooDeep(limit: Self.greatestDepth)))
            }
            depths[node.code] = depth
            if case .branch = node.content { branches[node.code] = index }
        }
        if top != 100 * FixedNumber.one, !nodes.isEmpty {
            findings.add(DomainError("content.nodes", .outOfRange("weights at the top that add up to 100")))
        }
        for (code, index) in branches.sorted(by: { $0.value < $1.value })
        where sums[code] != nodes[index].weight.millionths {
            findings.add(
                DomainError("content.nodes[\(index)].weight", .outOfRange("the sum of the weights under it")))
        }
    }

    static func checkPoints(_ points: FixedNumber, _ field: String, _ findings: inout FieldFindings) {
        if points < .zero || points > greatestPoints {
            findings.add(DomainError(field, .outOfRange("0 to 1,000")))
        }
    }
}

extension ScoringFunction {
    fileprivate func check(_ direction: Direction, _ field: String, _ findings: inout FieldFindings) {
        switch self {
        case .completion(let cap, let floor):
            SchemeContent.checkPoints(cap, "\(field).completion.cap", &findings)
            if floor < .zero || floor > cap {
                findings.add(DomainError("\(field).completion.floor", .outOfRange("0 to the cap")))
            }
        case .scheduledProgress(let cap, let due):
            SchemeContent.checkPoints(cap, "\(field).scheduled_progress.cap", &findings)
            if direction == .less {
                findings.add(DomainError("\(field).scheduled_progress", .notApplicable("scheduled progress")))
            }
            let rises = zip(due, due.dropFirst()).allSatisfy { $0 <= $1 }
            if !due.isEmpty,
                due.count != 12 || !rises || due[0] <= .zero || due[due.count - 1] != FixedNumber(whole: 100)
            {
                findings.add(
                    DomainError(
                        "\(field).scheduled_progress.due_percent", .outOfRange("twelve shares above 0, rising to 100")))
            }
        case .growth(let atMean, let perPercent, let cap):
            SchemeContent.checkPoints(atMean, "\(field).growth.at_mean", &findings)
            SchemeContent.checkPoints(perPercent, "\(field).growth.per_percent", &findings)
            if cap < atMean || cap > SchemeContent.greatestPoints {
                findings.add(DomainError("\(field).growth.cap", .outOfRange("at_mean to 1,000")))
            }
        case .efficacy(let floor, let best):
            if let floor, let best, direction.isBetter(floor.millionths, than: best.millionths) {
                findings.add(DomainError("\(field).efficacy", .disorder))
            }
        case .rankSteps(let steps):
            if steps.isEmpty { findings.add(DomainError("\(field).rank_steps.steps", .empty)) }
            if steps.count > 64 { findings.add(DomainError("\(field).rank_steps.steps", .tooMany(limit: 64))) }
            var last = 0
            for (index, step) in steps.enumerated() {
                let path = "\(field).rank_steps.steps[\(index)]"
                if step.upTo <= last { findings.add(DomainError("\(path).up_to_rank", .disorder)) }
                last = step.upTo
                SchemeContent.checkPoints(step.points, "\(path).points", &findings)
            }
        case .threshold, .veto:
            break
        case .bonus(let points, let cap):
            SchemeContent.checkPoints(points, "\(field).bonus.points", &findings)
            SchemeContent.checkPoints(cap, "\(field).bonus.cap", &findings)
        case .deduction(let points, let cap):
            SchemeContent.checkPoints(points, "\(field).deduction.points", &findings)
            SchemeContent.checkPoints(cap, "\(field).deduction.cap", &findings)
        }
    }
}
