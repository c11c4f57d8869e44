import Domain
import Testing

@testable import ProjectDomain

private func lead(
    _ number: Int = 1, source: Collector = .externalInvestment, investor name: String = "鲁中重工集团",
    at time: BusinessTime = noon
) throws -> Lead {
    Lead(
        id: id(number),
        content: try LeadContent(
            investor: investor(name), industry: IndustryCode("C35"), investment: investment(), requirements: "",
            region: nil, origin: "商会推荐"),
        source: source, unit: try unit("reporter"), firstReporter: AccountID("account-\(number)"), reportedAt: time)
}

/// A lead in every state, by each way.
enum LeadSituation: String, CaseIterable, Sendable {
    case reported, reportedByOffice, recommended, proposed, placed, converted, merged, closed

    func lead() throws -> Lead {
        var lead = try ProjectDomainTests.lead(
            source: self == .reportedByOffice || self == .proposed ? .promotionOffice : .externalInvestment)
        switch self {
        case .reported, .reportedByOffice: break
        case .recommended: try lead.recommend(to: [unit("entity")])
        case .proposed: _ = try lead.propose(unit("entity"), by: .office)
        case .placed, .converted:
            try lead.recommend(to: [unit("entity")])
            _ = try lead.take(unit("entity"))
            if self == .converted { try lead.convert(into: id(9), of: unit("entity")) }
        case .merged:
            lead = try Lead.merge(try ProjectDomainTests.lead(2, at: BusinessTime(microseconds: 0)), lead).merged
        case .closed: try lead.close(reason: "无投资意向")
        }
        return lead
    }

    var allowed: Set<LeadCommand> {
        switch self {
        case .reported: [.recommend, .move, .merge, .close]
        case .reportedByOffice, .proposed: [.propose, .move, .merge, .close]
        case .recommended: [.recommend, .take, .move, .merge, .close]
        case .placed: [.move, .merge, .close, .convert]
        case .converted, .merged, .closed: []
        }
    }
}

@Suite("PRJ-1, PRJ-2 information and leads")
struct LeadTests {
    private func perform(_ command: LeadCommand, _ lead: inout Lead) throws {
        switch command {
        case .recommend: try lead.recommend(to: [unit("entity")])
        case .take: _ = try lead.take(unit("entity"))
        case .propose: _ = try lead.propose(unit("entity"), by: .promotionOffice)
        case .move: _ = try lead.move(to: unit("elsewhere"), reason: "不符合布局")
        case .merge: lead = try Lead.merge(lead, try ProjectDomainTests.lead(8)).kept
        case .close: try lead.close(reason: "无投资意向")
        case .convert: try lead.convert(into: id(9), of: unit("entity"))
        }
    }

    @Test(
        "PRJ-2 every state and command: allowed ones raise the version by one, others change nothing",
        arguments: LeadSituation.allCases, LeadCommand.allCases)
    func table(situation: LeadSituation, command: LeadCommand) throws {
        let before = try situation.lead()
        var lead = before
        if situation.allowed.contains(command) {
            try perform(command, &lead)
            #expect(lead.version == before.version + 1)
            #expect(lead.firstReporter == before.firstReporter)
        } else {
            #expect(throws: LeadError.self) { try perform(command, &lead) }
            #expect(lead == before)
        }
    }

    @Test("PRJ-2 a promotion office's lead is placed when office and promotion office have named the same unit")
    func together() throws {
        var lead = try lead(source: .promotionOffice)
        #expect(throws: LeadError.wrongWay(command: .recommend, source: .promotionOffice)) {
            try lead.recommend(to: [unit("a")])
        }
        #expect(try lead.propose(unit("a"), by: .office) == nil)
        #expect(try lead.propose(unit("a"), by: .office) == nil)
        #expect(try lead.propose(unit("b"), by: .promotionOffice) == nil)
        #expect(try lead.propose(unit("b"), by: .office) == LeadWasPlaced(unit: unit("b"), elsewhere: false))
    }

    @Test("PRJ-2 only an entity to which a lead was recommended takes it")
    func recommended() throws {
        var lead = try lead()
        try lead.recommend(to: [unit("a"), unit("b")])
        #expect(throws: LeadError.notRecommended(try unit("c"))) { _ = try lead.take(unit("c")) }
        _ = try lead.take(unit("b"))
        #expect(throws: LeadError.placedElsewhere(try unit("b"))) { try lead.convert(into: id(1), of: unit("a")) }
    }

    @Test("PRJ-2 merging keeps the first reporter whichever way round it is asked for, and what was done for the other")
    func merging() throws {
        let first = try lead(2, investor: "鲁中重工 集团", at: noon)
        var second = try lead(1, investor: "鲁中重工集团", at: late)
        try second.recommend(to: [unit("entity")])
        _ = try second.take(unit("entity"))
        for (kept, merged) in [try Lead.merge(first, second), try Lead.merge(second, first)] {
            #expect(kept.id == first.id && kept.firstReporter == AccountID("account-2"))
            #expect(kept.place == (try unit("entity")))
            #expect(merged.state == .merged(into: first.id))
        }
        #expect(throws: LeadError.notDuplicates) { _ = try Lead.merge(first, try lead(3, investor: "别家")) }
        #expect(throws: LeadError.notDuplicates) { _ = try Lead.merge(first, first) }
    }

    @Test("PRJ-2 one investor is found through width, spaces and marks; different credit codes are different investors")
    func investors() throws {
        #expect(try investor("ＡＢＣ（中国）有限公司").isSame(as: investor("abc(中国) 有限公司")))
        let one = try investor("甲公司", code: "91110000600037341L")
        #expect(try one.isSame(as: investor("乙公司", code: "91110000600037341L")))
        #expect(try one.isSame(as: investor("甲 公司")))
        #expect(try !one.isSame(as: investor("甲公司", code: "91370902MA3C00011Q")))
    }

    @Test(
        "PRJ-1 an item ends with a disposal and a feedback, in this order alone",
        arguments: InformationStateName.allCases)
    func information(state: InformationStateName) throws {
        var item = Information(
            id: id(1), informationClass: .project, collector: .enterprise, filer: .unit(try unit("town")),
            subject: "线索",
            content: "拟投资", filedAt: noon)
        if state != .filed { try item.sort(as: .investmentPromotion, to: unit("bureau"), at: noon) }
        if state == .disposed || state == .fedBack { try item.dispose("已对接", at: noon) }
        if state == .fedBack { try item.feedBack("转入项目库", at: late) }
        let allowed: Set<InformationCommand> =
            switch state {
            case .filed: [.sort]
            case .sorted: [.sort, .dispose]
            case .disposed: [.feedBack]
            case .fedBack: []
            }
        for command in InformationCommand.allCases {
            var next = item
            func perform() throws {
                switch command {
                case .sort: try next.sort(as: .project, to: unit("other"), at: late)
                case .dispose: try next.dispose("已办", at: late)
                case .feedBack: try next.feedBack("已告知", at: late)
                }
            }
            if allowed.contains(command) {
                try perform()
                #expect(next.version == item.version + 1)
            } else {
                #expect(throws: InformationError(command: command, state: state)) { try perform() }
                #expect(next == item)
            }
        }
    }
}

@Suite("PRJ-1, PRJ-2, PRJ-5 random walks")
struct WalkTests {
    @Test(
        "PRJ-1 what was told of an item stays told, and only one that was disposed of is fed back",
        arguments: [1, 2, 3] as [UInt64])
    func information(seed: UInt64) throws {
        var random = SeededRandom(seed: seed, stream: "project.information.walk")
        let units = try [unit("a"), unit("b")]
        var closed = 0
        for _ in 0..<200 {
            var item = Information(
                id: id(1), informationClass: .project, collector: .enterprise, filer: .unit(try unit("town")),
                subject: "线索",
                content: "拟投资", filedAt: noon)
            for step in 0..<10 {
                let before = item
                let place = Int.random(in: 0...1, using: &random)
                do {
                    switch InformationCommand.allCases.randomElement(using: &random) ?? .sort {
                    case .sort: try item.sort(as: .investmentPromotion, to: units[place], at: late)
                    case .dispose: try item.dispose("已对接\(step)", at: late)
                    case .feedBack: try item.feedBack("已告知\(step)", at: late)
                    }
                    #expect(item.version == before.version + 1)
                } catch {
                    #expect(item == before)
                }
                #expect(item.filer == before.filer && item.content == before.content)
                if before.disposal != nil {
                    #expect(item.disposal == before.disposal && item.sorting == before.sorting)
                }
                if before.feedback != nil { #expect(item == before) }
                if item.feedback != nil { #expect(item.disposal != nil && item.sorting != nil) }
            }
            if item.stateName == .fedBack { closed += 1 }
        }
        #expect(closed > 20)
    }

    @Test(
        "PRJ-2 whatever happens to two leads, the first reporter stays and an end stays an end",
        arguments: [1, 2, 3] as [UInt64])
    func leads(seed: UInt64) throws {
        var random = SeededRandom(seed: seed, stream: "project.lead.walk")
        let units = try [unit("a"), unit("b")]
        for _ in 0..<200 {
            var pair = [try lead(1, source: .promotionOffice), try lead(2, source: .externalInvestment, at: late)]
            for _ in 0..<30 {
                let before = pair
                let (index, place) = (Int.random(in: 0...1, using: &random), Int.random(in: 0...1, using: &random))
                do {
                    switch LeadCommand.allCases.randomElement(using: &random) ?? .close {
                    case .recommend: try pair[index].recommend(to: units)
                    case .take: _ = try pair[index].take(units[place])
                    case .propose:
                        _ = try pair[index].propose(units[place], by: place == 0 ? .office : .promotionOffice)
                    case .move: _ = try pair[index].move(to: units[place], reason: "不符合布局")
                    case .merge:
                        let (kept, merged) = try Lead.merge(pair[index], pair[1 - index])
                        #expect(kept.firstReporter == AccountID("account-1") && merged.id == pair[1].id)
                        pair = [kept, merged]
                    case .close: try pair[index].close(reason: "无投资意向")
                    case .convert: try pair[index].convert(into: id(9), of: units[place])
                    }
                } catch { #expect(pair == before) }
                for (lead, earlier) in zip(pair, before) {
                    #expect(lead.firstReporter == earlier.firstReporter && lead.reportedAt == earlier.reportedAt)
                    if !earlier.stateName.isOpen { #expect(lead == earlier) }
                    if case .recommended = lead.state { #expect(lead.source != .promotionOffice) }
                    if case .proposed = lead.state { #expect(lead.source == .promotionOffice) }
                }
            }
        }
    }

    @Test(
        "PRJ-5 whatever the bureaus say, a pass has every agreement and a finding ends in the veto",
        arguments: [1, 2, 3] as [UInt64])
    func preAssessments(seed: UInt64) throws {
        var random = SeededRandom(seed: seed, stream: "project.preassessment.walk")
        for _ in 0..<300 {
            var assessment = try preAssessment()
            for step in 0..<12 {
                let before = assessment
                let bureau = try unit(Bool.random(using: &random) ? "commerce" : "environment")
                let now = BusinessTime(microseconds: noon.microseconds + Int64(step) * 150_000)
                do {
                    switch Int.random(in: 0...3, using: &random) {
                    case 0:
                        let veto = Int.random(in: 0...5, using: &random) == 0 ? VetoClass.resource : nil
                        _ = try assessment.give(
                            says(Opinion.allCases.randomElement(using: &random) ?? .agrees, veto: veto, at: now),
                            by: bureau)
                    case 1: _ = try assessment.fallOverdue(at: now)
                    case 2:
                        let result = PreAssessmentResult.allCases.randomElement(using: &random) ?? .refused
                        try assessment.combine(result, text: "结论", at: now)
                    case _: if step == 11 { try assessment.withdraw(at: now) }
                    }
                } catch { #expect(assessment == before) }
                if before.stateName != .open { #expect(assessment == before) }
                guard case .combined(let result, _, _) = assessment.state else { continue }
                #expect((result == .vetoed) == !assessment.vetoes.isEmpty)
                if result == .passed { #expect(assessment.bureaus.allSatisfy { $0.statement?.opinion == .agrees }) }
                // Nobody who was silent was left out of the count before the limit.
                if now < assessment.dueAt { #expect(assessment.silent.isEmpty) }
            }
        }
    }
}
