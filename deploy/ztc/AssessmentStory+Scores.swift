import AssessmentContracts
import CommonContracts
import GRPCCore

/// Reported values, schemes, results and awards.
extension AssessmentStory {
    /// Each unit's post reports, the verifier of the owning bureau verifies, and what differs is shown.
    func reportValues() async throws {
        let verifier = try await bearer(Post.verifier)
        var (count, squeezed) = (0, [String]())
        for (indicator, reports) in Dictionary(grouping: example.reports, by: \.indicator).sorted(by: {
            $0.key < $1.key
        }) {
            let known = try await calls.listValues(
                request: verifier.request(
                    .with {
                        ($0.indicatorID, $0.period) = (indicator, period)
                        $0.pageSize = 200
                    }), options: .ordinary
            ).values
            for report in reports {
                let unit = try unit(report.unit)
                var value = known.first { $0.unitID == unit } ?? .init()
                if value.valueID.isEmpty { value = try await self.report(report, of: unit) }
                if value.state == .reported { value = try await verify(report, value, verifier) }
                guard value.state == .verified else { throw Refusal("\(indicator) of \(unit) is \(value.state)") }
                count += 1
                guard value.hasSqueezed, value.squeezed.unscaled != 0 else { continue }
                let name = (tables.indicators.first { $0.id == indicator }?.name) ?? indicator
                squeezed.append(
                    "核减：\(report.unit) \(name) 上报 \(report.reported)，核实 \(value.value.printed)"
                        + "（\(value.squeezed.printed)），\(report.reason ?? "")")
            }
        }
        Console.line("示例上报数 \(count) 项，全部核实")
        for line in squeezed { Console.line(line) }
    }

    private func report(
        _ report: AssessmentExample.Report, of unit: String
    ) async throws -> Zhitongche_Assessment_V1_Value {
        let value = try Zhitongche_Common_V1_Decimal(printed: report.reported)
        return try await calls.reportValue(
            request: bearer(reporter(of: unit)).request(
                .with {
                    $0.requestID = request("report", report.indicator, unit)
                    ($0.indicatorID, $0.unitID, $0.period, $0.value) = (report.indicator, unit, period, value)
                }), options: .ordinary
        ).value
    }

    private func verify(
        _ report: AssessmentExample.Report, _ value: Zhitongche_Assessment_V1_Value, _ verifier: Bearer
    ) async throws -> Zhitongche_Assessment_V1_Value {
        let found = try Zhitongche_Common_V1_Decimal(printed: report.verified ?? report.reported)
        return try await calls.verifyValue(
            request: verifier.request(
                .with {
                    $0.requestID = request("verify", report.indicator, value.unitID)
                    ($0.valueID, $0.version, $0.value) = (value.valueID, value.version, found)
                    $0.reason = report.reason ?? ""
                }), options: .ordinary
        ).value
    }

    /// The published result of a group with its awards, computed, published and proposed where that was not done yet.
    func standing(of group: AssessmentExample.Group) async throws -> Standing {
        let assessor = try await bearer(Post.assessor)
        let tier = try group.wire()
        let scheme = try await scheme(of: group, tier, assessor)
        let rules = try await rules(of: group, tier, assessor)
        let result = try await publishedResult(of: group, tier, assessor)
        let scores = try await calls.listScores(
            request: assessor.request(
                .with {
                    ($0.resultID, $0.pageSize) = (result.resultID, 200)
                }), options: .ordinary
        ).scores
        var awards = try await awards(of: result, assessor)
        if awards.isEmpty {
            do {
                _ = try await calls.proposeAwards(
                    request: assessor.request(
                        .with { ($0.requestID, $0.resultID) = (request("awards", group.tier), result.resultID) }),
                    options: .ordinary)
            } catch let error as RPCError where error.code == .alreadyExists {
                // Nothing was proposed for anybody, which is an answer too.
            }
            awards = try await self.awards(of: result, assessor)
        }
        Console.line(
            "\(group.name)：方案第 \(scheme.revision) 版，权重合计 100，\(result.units) 家；考核岗计算并冻结，领导小组审批岗发布；"
                + "奖励建议 \(awards.count) 项")
        return Standing(
            group: group, result: result, scores: scores, awards: awards,
            ruleNames: Dictionary(rules.map { ($0.code, $0.name) }, uniquingKeysWith: { $1 }))
    }

    private func scheme(
        of group: AssessmentExample.Group, _ tier: Zhitongche_Assessment_V1_Tier, _ assessor: Bearer
    ) async throws -> Zhitongche_Assessment_V1_Scheme {
        let listed = try await calls.listSchemes(
            request: assessor.request(.with { $0.pageSize = 200 }), options: .ordinary)
        var scheme = listed.schemes.first { $0.tier == tier } ?? .init()
        if scheme.schemeID.isEmpty {
            let content = try content(of: group)
            scheme = try await calls.draftScheme(
                request: assessor.request(
                    .with {
                        ($0.requestID, $0.tier, $0.content) = (request("scheme", group.tier), tier, content)
                    }), options: .ordinary
            ).scheme
        }
        guard scheme.state == .draft else { return scheme }
        return try await calls.publishScheme(
            request: bearer(Post.leadingGroup).request(
                .with {
                    $0.requestID = request("scheme", group.tier, String(scheme.version))
                    ($0.schemeID, $0.version) = (scheme.schemeID, scheme.version)
                }), options: .ordinary
        ).scheme
    }

    private func content(of group: AssessmentExample.Group) throws -> Zhitongche_Assessment_V1_SchemeContent {
        let cap = Zhitongche_Common_V1_Decimal.with { $0.unscaled = tables.bonus.cap }
        var nodes: [Zhitongche_Assessment_V1_SchemeNode] = tables.indicators.compactMap { table in
            guard let weight = group.weights[table.id] else { return nil }
            return .with {
                ($0.code, $0.name, $0.indicatorID) = (table.id, table.name, table.id)
                $0.weight.unscaled = weight
                $0.function.completion.cap.unscaled = 120
            }
        }
        if group.hasBonus {
            nodes += try example.bonuses.map { bonus in
                let points = try Zhitongche_Common_V1_Decimal(printed: bonus.points)
                return .with {
                    ($0.code, $0.name, $0.indicatorID) = (bonus.id, bonus.name, bonus.id)
                    $0.function.bonus = .with { ($0.points, $0.cap) = (points, cap) }
                }
            }
        }
        return .with {
            $0.name = "\(example.year) 年\(group.name)考核方案（示例权重）"
            $0.nodes = nodes
            if group.hasBonus { $0.bonusCap = cap }
            $0.verifiedOnly = true
        }
    }

    private func rules(
        of group: AssessmentExample.Group, _ tier: Zhitongche_Assessment_V1_Tier, _ assessor: Bearer
    ) async throws -> [Zhitongche_Assessment_V1_AwardRule] {
        let known = try await calls.getAwardRules(
            request: assessor.request(.with { $0.tier = tier }), options: .ordinary)
        if known.version > 0 { return known.rules }
        let wanted = try awardRules(of: group)
        _ = try await calls.setAwardRules(
            request: assessor.request(
                .with {
                    ($0.requestID, $0.tier, $0.rules) = (request("rules", group.tier), tier, wanted)
                }), options: .ordinary)
        return wanted
    }

    /// The documents' awards of a group; the provincial mean score is an example.
    private func awardRules(
        of group: AssessmentExample.Group
    ) throws -> [Zhitongche_Assessment_V1_AwardRule] {
        func prizes(_ tier: String, _ part: String) throws -> [Zhitongche_Common_V1_Money] {
            guard let award = tables.awards.first(where: { $0.tier == tier && $0.rule.contains(part) }) else {
                throw Refusal("the targets' file has no award for \(part)")
            }
            return award.yuan.map { yuan in .with { $0.fen = yuan * 100 } }
        }
        let outstanding = try prizes("overall", "one outstanding")
        guard let mean = group.provincialMean else {
            let step = try prizes("scenic and tourism zones", "per 100 million yuan")
            return [
                .with {
                    ($0.code, $0.name) = ("above-target", "内资每超年度任务1亿元")
                    $0.stepPrize = .with {
                        ($0.indicatorID, $0.prize, $0.aboveTarget, $0.factor) = ("domestic-funds", step[0], true, 1)
                        $0.step.unscaled = 1
                    }
                },
                .with {
                    ($0.code, $0.name) = ("outstanding", "先进功能区")
                    $0.rankPrize.prizes = outstanding
                },
            ]
        }
        let reference = try Zhitongche_Common_V1_Decimal(printed: mean)
        let places = try prizes("counties and high-tech zone", "provincial mean")
        let target = try prizes("counties and high-tech zone", "foreign-capital")
        return [
            .with {
                ($0.code, $0.name) = ("provincial-mean", "达到省均值（示例 \(mean) 分）")
                $0.referencePrizes = .with { ($0.reference, $0.prizes) = (reference, places) }
            },
            .with {
                ($0.code, $0.name) = ("foreign-capital-met", "完成年度利用外资任务")
                $0.targetPrize = .with { ($0.indicatorID, $0.prize) = ("foreign-capital", target[0]) }
            },
            .with {
                ($0.code, $0.name) = ("outstanding", "先进县市区（高新区）")
                $0.rankPrize.prizes = outstanding
            },
        ]
    }

    private func publishedResult(
        of group: AssessmentExample.Group, _ tier: Zhitongche_Assessment_V1_Tier, _ assessor: Bearer
    ) async throws -> Zhitongche_Assessment_V1_Result {
        func newest(_ state: Zhitongche_Assessment_V1_ResultState) async throws -> Zhitongche_Assessment_V1_Result? {
            try await calls.listResults(
                request: assessor.request(.with { ($0.tier, $0.state, $0.pageSize) = (tier, state, 200) }),
                options: .ordinary
            ).results.first { $0.period == period }
        }
        if let published = try await newest(.published) { return published }
        var draft = try await newest(.draft) ?? .init()
        if draft.resultID.isEmpty {
            draft = try await calls.computeResult(
                request: assessor.request(
                    .with {
                        ($0.requestID, $0.tier, $0.period) = (request("compute", group.tier), tier, period)
                    }), options: .ordinary
            ).result
        }
        return try await calls.publishResult(
            request: bearer(Post.leadingGroup).request(
                .with {
                    $0.requestID = request("publish", group.tier, String(draft.version))
                    ($0.resultID, $0.version) = (draft.resultID, draft.version)
                }), options: .ordinary
        ).result
    }

    private func awards(
        of result: Zhitongche_Assessment_V1_Result, _ assessor: Bearer
    ) async throws -> [Zhitongche_Assessment_V1_Award] {
        try await calls.listAwards(
            request: assessor.request(.with { ($0.resultID, $0.pageSize) = (result.resultID, 200) }),
            options: .ordinary
        ).awards
    }
}
