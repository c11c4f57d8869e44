import AppealContracts
import CommonContracts
import Domain
import Foundation
import GRPCCore
import Wire

/// The part of the story in which a problem runs over a holiday, goes to supervision, and is solved (APL-3 to APL-5).
extension Scenario {
    /// Reported before a holiday, overdue after it, supervised, replied, solved, rated, written off.
    func tellProblem(_ clock: StoryClock) async throws -> [Outcome] {
        let (reporter, dispatcher, handler) = ("lanshan.jixie", "lanshan.diaodu", "lanshan.jinrong")
        let holiday = try HolidayAhead.find(after: try await clock.today())
        narrator.step("机械制造专班上报困难问题，限期跨\(holiday.name)假期")
        Console.line("\(holiday.name)：\(holiday.daysOff)放假，\(holiday.moved)上班")
        try await clock.move(to: holiday.reportOn)
        let submitted = try await submit(
            as: reporter,
            .with {
                $0.kind = .problem
                $0.category = "easy-credit"
                $0.content = .with {
                    $0.title = "配套企业续贷审批缓慢，流动资金紧张"
                    $0.text = "链上三家配套企业续贷材料已齐备，银行迟迟未批，影响订单交付。"
                }
                $0.applicantUnitID = "lanshan-jixiezhizaozhuanban"
                $0.regionCode = "371302"
            })
        let (id, number) = (submitted.caseID, submitted.number)
        Console.line("《\(submitted.content.title)》\(number)")
        try await change(id, as: dispatcher) { appeal, bearer, version in
            try await appeal.acceptCase(request: bearer.request(.with { $0.set(id, version) }), options: .ordinary).case
        }
        try await assign(id, to: "lanshan-qudifangjinrongjianguanju", as: dispatcher)
        try await takeUp(id, as: handler)
        Console.line("领导小组办公室调度岗受理，转区地方金融监管局办理")

        narrator.step("期限逐日推算（工作日以国务院办公厅放假安排为准）")
        try await printDeadlines(of: id, as: handler)

        let due = try CivilDate(submitted.replyDueOn, field: "reply_due_on")
        narrator.step("答复期限 \(due) 已过，未答复：催办、督办")
        try await clock.move(to: due.adding(days: 1))
        try await supervise(id, number, as: handler)

        narrator.step("补办：答复、回复督办单、督办岗销号、办结、评价、问题销号")
        try await solve(id, as: handler, of: reporter)
        let writtenOff = try await change(id, as: dispatcher) { appeal, bearer, version in
            try await appeal.writeOffCase(request: bearer.request(.with { $0.set(id, version) }), options: .ordinary)
                .case
        }
        guard writtenOff.state == .writtenOff, writtenOff.overdue, !writtenOff.onTime else {
            throw Refusal("\(number) ended as \(writtenOff.state)")
        }
        Console.line("\(number) 已销号")
        return [
            Outcome(
                subject: "问题：\(submitted.content.title)", result: "逾期督办后解决并销号",
                reason: "答复限 3 个工作日，跨假期和调休；评价 \(writtenOff.rating) 分")
        ]
    }

    /// Prints which days the limits counted, and why.
    private func printDeadlines(of id: String, as login: String) async throws {
        let deadlines = try await at("appeal", as: login) { client, bearer in
            try await AppealClient(wrapping: client)
                .explainDeadlines(request: bearer.request(.with { $0.caseID = id }), options: .ordinary).deadlines
        }
        guard let longest = deadlines.max(by: { $0.lines.count < $1.lines.count }) else {
            throw Refusal("the case has no deadlines")
        }
        Console.table(
            ["日期", "日历"] + deadlines.map { "\(Self.name($0.clock))（\($0.days) 个工作日）" },
            longest.lines.map { day in
                [day.date.text, Self.kind(day)]
                    + deadlines.map { deadline in
                        deadline.lines.first { $0.date == day.date }.map(Self.effect) ?? ""
                    }
            })
        for deadline in deadlines { Console.line("\(Self.name(deadline.clock))：\(deadline.dueOn.text) 止") }
        let kinds = Set(longest.lines.map(\.kind))
        guard kinds.contains(.holiday), kinds.contains(.movedWorking) else {
            throw Refusal("the limits run over no holiday with moved working days")
        }
    }

    /// Waits for the order that the service issues when the limit of the reply has passed, and for those who are told.
    private func supervise(_ id: String, _ number: String, as handler: String) async throws {
        let order = try await eventually("a supervision order for \(number)") {
            try await self.order(of: id, as: handler)
        }
        Console.line("督办单 \(order.number)，限 \(order.dueOn.text) 前回复")
        try await readNotices(
            about: number, as: handler, post: "区地方金融监管局经办岗", ["appeal.reminder": 3, "appeal.supervision": 1])
        try await readNotices(
            about: number, as: "lanshan.jinrong.fuzeren", post: "区地方金融监管局负责人",
            ["appeal.reminder": 2, "appeal.supervision": 1])
        try await readNotices(
            about: number, as: "lanshan.duban", post: "领导小组办公室督办岗", ["appeal.reminder": 1])
    }

    private func solve(_ id: String, as handler: String, of reporter: String) async throws {
        _ = try await reply(id, as: handler, "已协调两家银行开通绿色通道，三笔续贷全部获批。")
        guard let order = try await order(of: id, as: handler) else { throw Refusal("the order is gone") }
        try await at("appeal", as: handler) { client, bearer in
            try await whileOvertaken {
                guard let now = try await self.order(of: id, as: handler) else { throw Refusal("the order is gone") }
                _ = try await AppealClient(wrapping: client).answerSupervision(
                    request: bearer.request(
                        .with {
                            $0.requestID = UUID().uuidString
                            $0.supervisionID = now.supervisionID
                            $0.version = now.version
                            $0.answer = "逾期原因为抵押物评估延误；现已解决，并建立续贷提前对接机制。"
                        }), options: .ordinary)
            }
        }
        try await at("appeal", as: "lanshan.duban") { client, bearer in
            try await whileOvertaken {
                guard let now = try await self.order(of: id, as: "lanshan.duban") else {
                    throw Refusal("the order is gone")
                }
                _ = try await AppealClient(wrapping: client).closeSupervision(
                    request: bearer.request(
                        .with {
                            $0.requestID = UUID().uuidString
                            $0.supervisionID = now.supervisionID
                            $0.version = now.version
                        }), options: .ordinary)
            }
        }
        Console.line("督办单 \(order.number) 已销号")
        try await change(id, as: handler) { appeal, bearer, version in
            try await appeal.resolveCase(
                request: bearer.request(
                    .with {
                        $0.set(id, version)
                        $0.note = "三笔续贷全部到账"
                    }), options: .ordinary
            ).case
        }
        let rated = try await rate(id, as: reporter, mark: 4, "问题解决了，时间偏长")
        Console.line("办结；专班评价 \(rated.rating) 分，“\(rated.ratingWords)”")
    }

    private func order(of id: String, as login: String) async throws -> Zhitongche_Appeal_V1_Supervision? {
        try await at("appeal", as: login) { client, bearer in
            try await AppealClient(wrapping: client)
                .listSupervisions(request: bearer.request(.with { $0.caseID = id }), options: .ordinary)
                .supervisions.first
        }
    }

    private static func name(_ clock: Zhitongche_Appeal_V1_ClockKind) -> String {
        switch clock {
        case .handling: "承诺"
        case .reply: "答复"
        case .solution: "解决"
        case .legal: "法定"
        case .unspecified, .UNRECOGNIZED: "–"
        }
    }

    private static func kind(_ day: Zhitongche_Appeal_V1_DeadlineDay) -> String {
        switch day.kind {
        case .working: "工作日"
        case .movedWorking: "调休上班（\(day.holiday)）"
        case .weekend: "周末"
        case .holiday: "放假（\(day.holiday)）"
        case .unspecified, .UNRECOGNIZED: "–"
        }
    }

    private static func effect(_ day: Zhitongche_Appeal_V1_DeadlineDay) -> String {
        switch day.effect {
        case .start: "起算，不计"
        case .counted: "第 \(day.number) 日"
        case .notWorking: "不计"
        case .paused: "暂停"
        case .unspecified, .UNRECOGNIZED: "–"
        }
    }
}

/// The next holiday with moved working days that a limit of three working days and one of six can show.
struct HolidayAhead {
    /// Name by the arrangement.
    let name: String
    /// Days off that lie in the limits, such as 2020-05-01至2020-05-05.
    let daysOff: String
    /// Weekend days worked for it that lie in the limits.
    let moved: String
    /// Working day on which the problem is reported: three working days from it run over days off, six also over a
    /// moved one.
    let reportOn: CivilDate

    /// Looks at each working day after today.
    ///
    /// - Throws: `Refusal` where the arrangements of working days end.
    static func find(after today: CivilDate) throws -> HolidayAhead {
        let calendar = try WorkingCalendar.stateCouncil()
        var day = today
        while true {
            day = try day.adding(days: 1)
            do {
                if try calendar.isWorking(day), let found = try reported(on: day, calendar) { return found }
            } catch let error as DomainError {
                throw Refusal("business time stands at \(today), after the last holiday that is arranged: \(error)")
            }
        }
    }

    private static func reported(on day: CivilDate, _ calendar: WorkingCalendar) throws -> HolidayAhead? {
        let reply = names(try DeadlineArithmetic(start: day, term: .working(3), calendar: calendar))
        let solution = names(try DeadlineArithmetic(start: day, term: .working(6), calendar: calendar))
        guard let name = reply.off.keys.first(where: { solution.moved[$0] != nil }), let off = solution.off[name],
            let first = off.first, let last = off.last, let worked = solution.moved[name]
        else { return nil }
        return HolidayAhead(
            name: name, daysOff: "\(first)至\(last)", moved: worked.map(\.description).joined(separator: "、"),
            reportOn: day)
    }

    private static func names(
        _ arithmetic: DeadlineArithmetic
    ) -> (off: [String: [CivilDate]], moved: [String: [CivilDate]]) {
        var (off, moved): ([String: [CivilDate]], [String: [CivilDate]]) = ([:], [:])
        for day in arithmetic.days.dropFirst() {
            switch day.kind {
            case .holiday(let name): off[name, default: []].append(day.date)
            case .movedWorking(let name): moved[name, default: []].append(day.date)
            case .working, .weekend, nil: continue
            }
        }
        return (off, moved)
    }
}

extension DeadlineTerm {
    /// A limit of so many working days.
    fileprivate static func working(_ days: Int) throws(DomainError) -> DeadlineTerm {
        try DeadlineTerm(days: days, count: .working)
    }
}
