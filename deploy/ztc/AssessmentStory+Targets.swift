import AssessmentContracts
import CommonContracts
import GRPCCore

/// Indicators, tiers and the targets that the documents print.
extension AssessmentStory {
    /// Figures that the events of other services make, shown beside the ranking.
    static let eventFigures: [(id: String, name: String, Zhitongche_Assessment_V1_Derivation)] = [
        ("on-time-reply", "按时答复率", .onTimeReply), ("satisfaction", "满意度", .satisfaction),
        ("solved-problems", "问题办结率", .solvedProblems), ("start-rate", "开工率", .startRate),
        ("policy-freshness", "政策新鲜度", .policyFreshness),
    ]

    /// Defines the indicators and puts the units into their tiers.
    func setUp() async throws {
        let assessor = try await bearer(Post.assessor)
        let known = Set(
            try await calls.listIndicators(
                request: assessor.request(.with { $0.pageSize = 200 }), options: .ordinary
            ).indicators.map(\.indicatorID))
        func define(_ id: String, _ name: String, _ measure: String, _ decimals: Int32) -> Indicator {
            .with {
                $0.indicatorID = id
                $0.name = name
                $0.measure = measure
                $0.decimals = decimals
                $0.direction = .more
                $0.period = .year
                $0.ownerUnitID = example.ownerUnit
            }
        }
        var wanted: [Indicator] = []
        for table in tables.indicators {
            var indicator = define(
                table.id, table.name, table.unit, table.rows.contains { $0.target.contains(".") } ? 2 : 0)
            // Domestic funds are counted in the measure of the table from what projects report.
            if table.id == "domestic-funds" {
                (indicator.source, indicator.derivation, indicator.decimals) = (.events, .fundsInPlace, 2)
            } else {
                (indicator.source, indicator.reportDays) = (.reports, 10)
            }
            wanted.append(indicator)
        }
        for bonus in example.bonuses {
            var indicator = define(bonus.id, bonus.name, "个", 0)
            (indicator.source, indicator.reportDays) = (.reports, 10)
            wanted.append(indicator)
        }
        for (id, name, derivation) in Self.eventFigures {
            var indicator = define(id, name, "%", 2)
            (indicator.source, indicator.derivation) = (.events, derivation)
            wanted.append(indicator)
        }
        for indicator in wanted where !known.contains(indicator.indicatorID) {
            _ = try await calls.setIndicator(
                request: assessor.request(
                    .with {
                        $0.requestID = request("indicator", indicator.indicatorID)
                        $0.indicator = indicator
                    }), options: .ordinary)
        }
        for group in example.tiers {
            let tier = try group.wire()
            let members = Set(
                try await calls.listTierUnits(
                    request: assessor.request(
                        .with {
                            $0.tier = tier
                            $0.pageSize = 200
                        }), options: .ordinary
                ).unitIds)
            let missing = try group.units.map(unit).filter { !members.contains($0) }
            guard !missing.isEmpty else { continue }
            _ = try await calls.changeTier(
                request: assessor.request(
                    .with {
                        $0.requestID = request("tier", group.tier, String(missing.count))
                        $0.tier = tier
                        $0.addedUnitIds = missing
                    }), options: .ordinary)
        }
    }

    /// Brings every table into force, from whatever state its targets are in.
    func setTargets() async throws -> [Zhitongche_Assessment_V1_Targets] {
        let assessor = try await bearer(Post.assessor)
        let listed = try await calls.listTargets(
            request: assessor.request(
                .with {
                    $0.year = example.year
                    $0.pageSize = 200
                }), options: .ordinary
        ).targets
        var set: [Zhitongche_Assessment_V1_Targets] = []
        for table in tables.indicators {
            var targets: Zhitongche_Assessment_V1_Targets
            if let known = listed.first(where: { $0.indicatorID == table.id }) {
                targets = known
            } else {
                targets = try await draft(table)
            }
            while targets.state != .approved { targets = try await next(after: targets) }
            set.append(
                try await calls.getTargets(
                    request: assessor.request(.with { $0.targetsID = targets.targetsID }), options: .ordinary
                ).targets)
        }
        return set
    }

    private func draft(_ table: TargetTables.Table) async throws -> Zhitongche_Assessment_V1_Targets {
        let rows = try table.rows.map { row in
            let (unit, target) = (try unit(row.unit), try Zhitongche_Common_V1_Decimal(printed: row.target))
            return Zhitongche_Assessment_V1_TargetRow.with {
                $0.unitID = unit
                $0.target = target
            }
        }
        let total = try Zhitongche_Common_V1_Decimal(printed: table.total)
        let goals = try (table.longerGoals ?? []).map { goal in
            let total = try Zhitongche_Common_V1_Decimal(printed: goal.total)
            return Zhitongche_Assessment_V1_LongerGoal.with {
                $0.year = goal.year
                $0.total = total
            }
        }
        return try await calls.draftTargets(
            request: bearer(Post.drafter).request(
                .with {
                    $0.requestID = request("draft", table.id)
                    $0.indicatorID = table.id
                    $0.year = example.year
                    $0.content.method.set = .with {
                        $0.total = total
                        $0.rows = rows
                        $0.source = tables.source
                    }
                    $0.content.longerGoals = goals
                }), options: .ordinary
        ).targets
    }

    /// One step on the way into force, by the post that makes it.
    private func next(
        after targets: Zhitongche_Assessment_V1_Targets
    ) async throws -> Zhitongche_Assessment_V1_Targets {
        let (id, version) = (targets.targetsID, targets.version)
        func request(_ step: String) -> String { self.request(step, targets.indicatorID, String(version)) }
        switch targets.state {
        case .draft where targets.mismatches.contains { !$0.acknowledged }:
            return try await calls.acknowledgeMismatches(
                request: bearer(Post.drafter).request(
                    .with {
                        ($0.requestID, $0.targetsID, $0.version) = (request("acknowledge"), id, version)
                        $0.reason = "按文件原表下达，差异如实列示"
                    }), options: .ordinary
            ).targets
        case .draft:
            return try await calls.submitTargets(
                request: bearer(Post.drafter).request(
                    .with { ($0.requestID, $0.targetsID, $0.version) = (request("submit"), id, version) }),
                options: .ordinary
            ).targets
        case .inReview:
            return try await calls.reviewTargets(
                request: bearer(Post.assessor).request(
                    .with { ($0.requestID, $0.targetsID, $0.version) = (request("review"), id, version) }),
                options: .ordinary
            ).targets
        case .reviewed:
            return try await calls.approveTargets(
                request: bearer(Post.leadingGroup).request(
                    .with { ($0.requestID, $0.targetsID, $0.version) = (request("approve"), id, version) }),
                options: .ordinary
            ).targets
        case .unspecified, .approved, .superseded, .UNRECOGNIZED:
            throw Refusal("targets of \(targets.indicatorID) are \(targets.state)")
        }
    }

    func show(_ targets: [Zhitongche_Assessment_V1_Targets]) {
        var remarks: [String] = []
        let rows = zip(tables.indicators, targets).map { table, targets in
            let sum = targets.mismatches.first { $0.kind == .sum }
            for mismatch in targets.mismatches {
                let state = mismatch.acknowledged ? "已确认并保留" : "未确认"
                switch mismatch.kind {
                case .sum:
                    remarks.append(
                        "差异：\(table.name) 分项之和 \(mismatch.found.printed) ≠ 文件合计 \(mismatch.stated.printed)，\(state)")
                case .longerGoal:
                    remarks.append(
                        "差异：\(table.name) \(targets.year) 年合计 \(mismatch.found.printed) 已超过 "
                            + "\(mismatch.year) 年目标 \(mismatch.stated.printed)，\(state)")
                case .unspecified, .UNRECOGNIZED:
                    remarks.append("差异：\(table.name)")
                }
            }
            return [
                table.name, table.unit, String(targets.rows.count), targets.total.printed,
                sum?.found.printed ?? targets.total.printed, targets.state == .approved ? "已批准" : "\(targets.state)",
            ]
        }
        Console.table(["指标", "单位", "县区数", "文件合计", "分项之和", "状态"], rows, right: [2, 3, 4])
        for remark in remarks { Console.line(remark) }
    }

    typealias Indicator = Zhitongche_Assessment_V1_Indicator
}
