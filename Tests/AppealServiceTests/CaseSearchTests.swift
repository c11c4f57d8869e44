import AppealContracts
import AppealDomain
import GRPCCore
import Postgres
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import AppealService

@Suite("Cases found by the words of their titles")
struct CaseSearchTests {
    @Test(
        "APL-1, APL-2 whoever lists cases finds those with all words in their titles, within the own reach and no other"
    )
    func words() async throws {
        try await Stage.run { stage in
            func submit(
                _ title: String, _ kind: Zhitongche_Appeal_V1_CaseKind = .appeal
            ) async throws -> Zhitongche_Appeal_V1_Case {
                try await stage.submit(kind) { $0.content.title = title }
            }
            func found(
                _ words: String, as who: Stage.Person = .user,
                change: (inout Zhitongche_Appeal_V1_ListCasesRequest) -> Void = { _ in }
            ) async throws -> [String] {
                var request = Zhitongche_Appeal_V1_ListCasesRequest.with { $0.words = words }
                change(&request)
                return try await stage.service.listCases(
                    request, metadata: stage.metadata(who), options: stage.options
                ).cases.map(\.content.title)
            }
            let loan = try await stage.handled(submit("贷款审批迟缓"))
            _ = try await stage.handled(submit("用地审批手续"), unit: "science", by: .science)
            _ = try await submit("Loan 100% 担保_咨询", .enquiry)
            _ = try await submit("贷款审批人员刁难", .complaint)

            #expect(try await found("审批") == ["贷款审批人员刁难", "用地审批手续", "贷款审批迟缓"])
            #expect(try await found(" 审批  贷款 ") == ["贷款审批人员刁难", "贷款审批迟缓"])
            #expect(try await found("迟") == ["贷款审批迟缓"])
            #expect(try await found("lOAN") == ["Loan 100% 担保_咨询"])
            #expect(try await found("0% _").count == 1)
            #expect(try await found("").count == 4)
            // Neighbours that stand elsewhere are no word, and signs of patterns are only signs.
            for absent in ["款贷", "批审", "贷款批", "贷款 %", "审_批"] {
                #expect(try await found(absent).isEmpty, "\(absent)")
            }
            #expect(try await found("%") == ["Loan 100% 担保_咨询"])
            #expect(try await found("审批") { $0.kind = .appeal } == ["用地审批手续", "贷款审批迟缓"])
            #expect(try await found("审批") { $0.state = .submitted } == ["贷款审批人员刁难"])

            // The body is not searched, and words open nothing that is not within reach.
            #expect(try await found("迟迟未批").isEmpty)
            #expect(try await found("审批", as: .handler) == [loan.content.title])
            #expect(try await found("审批", as: .science) == ["用地审批手续"])
            #expect(try await found("审批", as: .dispatcher).count == 3)
            #expect(try await found("刁难", as: .rudeWithAll).isEmpty)
            #expect(try await found("刁难", as: .otherUser).isEmpty)
        }
    }

    @Test("APL-1, XCT-12 the token of a page is for its words; too long words are refused; an index answers them")
    func pages() async throws {
        try await Stage.run { stage in
            for number in 1...3 {
                _ = try await stage.submit { $0.content.title = "贷款审批第\(number)件" }
                _ = try await stage.submit { $0.content.title = "用地手续第\(number)件" }
            }
            func page(_ words: String, _ token: String = "") async throws -> Zhitongche_Appeal_V1_ListCasesResponse {
                try await stage.service.listCases(
                    .with { ($0.words, $0.pageSize, $0.pageToken) = (words, 2, token) },
                    metadata: stage.metadata(.user), options: stage.options)
            }
            let first = try await page("贷款 审批")
            #expect(first.cases.map(\.content.title) == ["贷款审批第3件", "贷款审批第2件"])
            // Spaces more or less, or another order, are the same words.
            let rest = try await page("审批  贷款", first.nextPageToken)
            #expect(rest.cases.map(\.content.title) == ["贷款审批第1件"] && rest.nextPageToken.isEmpty)
            let foreign = try await problem { try await page("用地", first.nextPageToken) }
            #expect(foreign?.violations.map(\.field) == ["page_token"])
            #expect(try await page(String(repeating: "长", count: 64)).cases.isEmpty)
            let long = try await problem { try await page(String(repeating: "长", count: 65)) }
            #expect(long?.code == .invalidArgument && long?.violations.map(\.field) == ["words"])

            // A page that is found by its words and not by going through all cases.
            let plan = try await stage.bench.administration.transaction { tx in
                try tx.execute("SET LOCAL enable_seqscan = off")
                let page = CasePage(
                    kind: nil, state: nil, unit: nil, project: nil, onlyOverdue: false, words: ["审批"], after: nil,
                    limit: 10)
                return try tx.query("EXPLAIN SELECT FROM appeal.case_file AS c WHERE true\(page.filter)") {
                    try $0.get("QUERY PLAN", as: String.self)
                }.joined(separator: "\n")
            }
            #expect(plan.contains("case_file_title"), "\(plan)")
        }
    }
}
