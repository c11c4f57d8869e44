import Domain
import ProjectDomain
import ServiceRuntime

extension InformationError: ProblemConvertible {
    /// What the caller is told.
    public var problem: Problem {
        .illegalState(
            zh: "该信息当前状态不允许此操作",
            en: "the information is \(state.rawValue), which does not allow to \(command.rawValue) it")
    }
}

extension LeadError: ProblemConvertible {
    /// What the caller is told.
    public var problem: Problem {
        switch self {
        case .illegalTransition(let command, let state):
            .illegalState(
                zh: "该线索当前状态不允许此操作", en: "the lead is \(state.rawValue), which does not allow to \(command.rawValue) it"
            )
        case .wrongWay:
            .illegalState(
                zh: "推进办上报的线索由办公室与推进办共同落位，其他线索由办公室推荐",
                en: "leads of promotion offices are placed by both offices together; all others are recommended")
        case .notRecommended(let unit):
            .illegalState(zh: "该线索未推荐给\(unit)", en: "the lead was not recommended to \(unit)")
        case .notDuplicates: .illegalState(zh: "两条线索不是同一投资方", en: "the leads are not two of the same investor")
        case .placedElsewhere(let unit): .illegalState(zh: "该线索已落位于\(unit)", en: "the lead is placed at \(unit)")
        }
    }
}

extension ProjectError: ProblemConvertible {
    /// What the caller is told.
    public var problem: Problem {
        switch self {
        case .illegalTransition(let command, let stage, let status):
            .illegalState(
                zh: "项目当前阶段或状态不允许此操作",
                en:
                    "the project is \(stage.rawValue) and \(status.rawValue), which does not allow to \(command.rawValue) it"
            )
        case .sameStage(let stage): .illegalState(zh: "项目已处于该阶段", en: "the project is \(stage.rawValue) already")
        case .reasonMissing: .invalid("reason", "leaving stages out or going back needs a reason")
        case .evidenceMissing(let kinds):
            .invalid("evidence", "needs " + kinds.map(\.rawValue).joined(separator: ", "))
        case .dayOutOfPlace(let day):
            .illegalState(zh: "日期\(day)不符合先后顺序", en: "the day \(day) is in the future or before what it follows")
        case .doesNotFit(let plan, let industry, let park):
            .illegalState(
                zh: "项目不符合规划、主导产业或园区定位，须由领导小组决定",
                en:
                    "the project does not fit (plan: \(plan), industry: \(industry), park: \(park)); only a decision of "
                    + "the leading group admits it")
        case .vetoed: .illegalState(zh: "项目预评估被一票否决", en: "the project's pre-assessment ended with a veto")
        case .libraryStanding(let isInside):
            isInside
                ? .illegalState(zh: "项目已入库", en: "the project is in the library already")
                : .illegalState(zh: "项目未入库", en: "the project is not in the library")
        case .planMissing: .illegalState(zh: "项目尚无推进计划", en: "the project has no plan")
        case .scheduleAboveInvestment: .invalid("plan.schedule", "ends above the whole investment")
        case .milestone(let number): .invalid("milestone", "\(number) is no milestone that is still to be reached")
        case .notNextPeriod(let period): .invalid("period", "the next report is for \(period)")
        case .correctionNote(let isMissing):
            .invalid("correction_note", isMissing ? "figures fall, which needs a note" : "no figure falls")
        case .countedAlready(let day):
            .illegalState(zh: "项目已于\(day)纳统", en: "the project was entered in the statistics library on \(day)")
        }
    }
}

extension PreAssessmentError: ProblemConvertible {
    /// What the caller is told.
    public var problem: Problem {
        switch self {
        case .illegalTransition(let command, let state):
            .illegalState(
                zh: "预评估当前状态不允许此操作",
                en: "the pre-assessment is \(state.rawValue), which does not allow to \(command.rawValue) it")
        case .notAsked(let unit): .illegalState(zh: "\(unit)不在征求意见单位之列", en: "\(unit) is not asked for an opinion")
        case .givenAlready: .illegalState(zh: "意见已提交", en: "the opinion was given already")
        case .notDue: .illegalState(zh: "意见期限未到", en: "opinions are not due yet")
        case .noExperts(let isDrawn):
            isDrawn
                ? .illegalState(zh: "专家已抽取", en: "experts were drawn already")
                : .illegalState(zh: "仅重大或特殊项目邀请专家", en: "experts are invited for major and special projects alone")
        case .tooFewExperts(let candidates):
            .illegalState(
                zh: "无利益冲突的专家不足，仅有\(candidates)人", en: "only \(candidates) experts have no conflict of interest")
        case .notDrawn: .illegalState(zh: "该专家未被抽中", en: "the expert was not drawn")
        case .opinionsOutstanding(let units):
            .illegalState(
                zh: "仍有单位在期限内未提交意见：\(units.map(\.text).joined(separator: "、"))",
                en: "opinions are outstanding within their limit: \(units.map(\.text).joined(separator: ", "))")
        case .resultNotAllowed(let result):
            .illegalState(zh: "各单位意见不支持该结论", en: "the opinions do not allow the result \(result.rawValue)")
        }
    }
}
