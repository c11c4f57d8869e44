import AppealContracts
import Foundation
import GRPCCore

/// The part of the story in which an enterprise asks without knowing whom (APL-1, APL-2, APL-9).
extension Scenario {
    /// Submitted, dispatched, answered in time, rated.
    func tellEnquiry(of reader: Reader) async throws -> [Outcome] {
        let (dispatcher, handler) = ("zhihuibu.diaodu", "rensheju.jingban")
        narrator.step("\(reader.row.name) 提出咨询，不指定部门")
        let submitted = try await submit(
            as: reader.phone,
            .with {
                $0.kind = .enquiry
                $0.content = .with {
                    $0.title = "新引进毕业生的人才津贴如何申领"
                    $0.text = "我公司今年新引进本科毕业生，请问津贴向哪个部门申请、需要哪些材料？"
                }
                $0.regionCode = "370900"
            })
        let number = submitted.number
        Console.line("《\(submitted.content.title)》\(number)，答复期限 \(submitted.replyDueOn.text)")

        narrator.step("指挥部办公室调度岗受理，转市人社局办理")
        try await change(submitted.caseID, as: dispatcher) { appeal, bearer, version in
            try await appeal.acceptCase(
                request: bearer.request(.with { $0.set(submitted.caseID, version) }), options: .ordinary
            ).case
        }
        try await assign(submitted.caseID, to: "taian-shirensheju", as: dispatcher)
        try await takeUp(submitted.caseID, as: handler)
        let replied = try await reply(
            submitted.caseID, as: handler, "请登录直通车平台，在该政策点下在线申请；需提交劳动合同、学历证明和社保缴费记录。")
        guard replied.onTime else { throw Refusal("the reply to \(number) is not in time") }
        Console.line("市人社局经办岗已办理并答复，按期")
        try await readNotices(
            about: number, as: reader.phone, post: "企业", ["appeal.replied": 1])

        narrator.step("企业对答复作出评价")
        let rated = try await rate(submitted.caseID, as: reader.phone, mark: 5, "答复及时、清楚")
        Console.line("\(number)：\(rated.rating) 分，“\(rated.ratingWords)”")
        return [
            Outcome(
                subject: "咨询：\(submitted.content.title)", result: "按期答复，评价 \(rated.rating) 分",
                reason: "由办公室转市人社局办理")
        ]
    }
}
