import CommonContracts
import Domain
import Foundation
import PolicyContracts
import ServiceRuntime
import ServiceTestSupport
import Testing

@testable import PolicyService

/// The texts of the Tai'an points as they lie in `data/`.
private struct Texts: Decodable {
    struct Audience: Decodable {
        var exact: Bool?
        var minimumEqualDimensions: Int32?
        var segments: [[String]]?
    }

    struct Entry: Decodable {
        let id: String
        let title: String
        let summary: String
        let clause: String
        let contactPost: String
        let tags: [String]
        let audience: Audience
        let steps: [String]
        let materials: [String]
        let funding: String
        let workingDays: Int32
    }

    let texts: [Entry]

    static func load() throws -> [Entry] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: root.appending(path: "data/policy-points-taian-2020-texts.json"))
        return try JSONDecoder().decode(Texts.self, from: data).texts
    }
}

extension Texts.Entry {
    func content() throws -> Content {
        func tag(_ text: String) throws -> Zhitongche_Common_V1_Tag { try TagVocabulary.standard.tag(text: text).wire }
        var content = Content.sample(title: title)
        content.summary = summary
        content.clause = clause
        content.contactPost = contactPost
        content.tags = try tags.map(tag)
        content.steps = steps
        content.materials = materials
        content.funding = funding
        content.workingDays = workingDays
        content.level = tags.contains("region-level:provincial") ? .provincial : .city
        if tags.contains("region-level:county") { content.level = .county }
        content.clearCondition()
        content.audience = .with {
            $0.exact = audience.exact ?? false
            $0.minimumEqualDimensions = audience.minimumEqualDimensions ?? 0
        }
        content.audience.segments = try (audience.segments ?? []).map { tags in
            let wire = try tags.map(tag)
            return .with { $0.tags = wire }
        }
        return content
    }
}

@Suite("Policy: search", .serialized)
struct SearchTests {
    /// Query, and the points that must come before all others, in any order.
    static let queries: [(String, [String])] = [
        ("首发上市", ["listing-ipo"]),
        ("新三板挂牌", ["listing-neeq", "neeq-equity"]),
        ("新三板", ["listing-neeq", "neeq-equity"]),
        ("三板", ["listing-neeq", "neeq-equity"]),
        ("信用类债券", ["credit-bonds"]),
        ("债券", ["credit-bonds"]),
        ("并购重组", ["merger-fees"]),
        ("中介费", ["merger-fees", "double50-listing-fees"]),
        ("中介服务费", ["merger-fees", "double50-listing-fees"]),
        ("双50强", ["double50-listing-fees", "double50-guarantee", "bridge-loan"]),
        ("双５０强", ["double50-listing-fees", "double50-guarantee", "bridge-loan"]),
        ("“双50强”企业", ["double50-listing-fees", "double50-guarantee", "bridge-loan"]),
        ("双50强 担保", ["double50-guarantee"]),
        ("担保费率", ["double50-guarantee"]),
        ("普惠金融", ["inclusive-rate-cut"]),
        ("贷款利率", ["inclusive-rate-cut", "epidemic-rate-cut"]),
        ("疫情防控", ["epidemic-rate-cut", "epidemic-interest-deferral"]),
        ("疫情 利率", ["epidemic-rate-cut"]),
        ("付息延期", ["epidemic-interest-deferral"]),
        ("延期付息", ["epidemic-interest-deferral"]),
        ("推迟支付利息", ["epidemic-interest-deferral"]),
        ("毕业生津贴", ["graduate-allowance"]),
        ("本科毕业生", ["graduate-allowance"]),
        ("每人每月200元", ["graduate-allowance"]),
        ("人才津贴", ["graduate-allowance"]),
        ("应急转贷", ["bridge-loan"]),
        ("周转基金", ["bridge-loan"]),
        ("过桥", ["bridge-loan"]),
        ("高新技术企业", ["hightech-fund", "small-to-hightech"]),
        ("小升高", ["small-to-hightech"]),
        ("所得税优惠", ["small-to-hightech"]),
        ("科技型中小企业", ["small-to-hightech"]),
        ("职工公寓", ["industrial-housing"]),
        ("工业用地", ["industrial-housing"]),
        ("15%", ["industrial-housing"]),
        ("闲置厂房", ["idle-plant-transition"]),
        ("过渡期", ["idle-plant-transition"]),
        ("M0", ["idle-plant-transition"]),
        ("ｍ０", ["idle-plant-transition"]),
        ("免罚", ["minor-violation-exempt"]),
        ("轻微违规", ["minor-violation-exempt"]),
        ("违规会不会罚款", ["minor-violation-exempt"]),
        ("高耗能", ["energy-limit"]),
        ("能耗指标", ["energy-limit"]),
        ("地方贡献", ["reform-contribution"]),
        ("改制", ["reform-contribution"]),
        ("千分之三", ["neeq-equity"]),
        ("\"上市公司融资\"", ["listed-financing"]),
        ("上市公司融资有什么奖励", ["listed-financing"]),
        ("企业招大学毕业生有补贴吗", ["graduate-allowance"]),
        ("罚", ["minor-violation-exempt"]),
        ("要素投入的三倍", ["hightech-fund"]),
    ]

    @Test("POL-9 fifty queries find what they should, with snippet, facets, order, filter and pages")
    func queries() async throws {
        let bench = try await ServiceBench.policy()
        try await bench.library { library in
            let document = try await library.enter("〔2020〕1号")
            var names: [String: String] = [:]
            for entry in try Texts.load() {
                let draft = try await library.draft(try entry.content(), of: document.documentID)
                let point = try await library.publish(try await library.submit(draft))
                names[point.pointID] = entry.id
            }
            #expect(names.count == 20 && Self.queries.count >= 50)
            for (query, expected) in Self.queries {
                let answer = try await library.search(query)
                let found = answer.hits.map { names[$0.point.pointID] ?? "" }
                #expect(Set(found.prefix(expected.count)) == Set(expected), "\(query): \(found)")
                let first = try #require(answer.hits.first)
                #expect(first.snippet.contains("⟦") && (1...1_000).contains(first.score), "\(query): \(first.snippet)")
                #expect(answer.hits.map(\.score) == answer.hits.map(\.score).sorted(by: >), "\(query)")
            }

            // Where some text has all words, nothing less is shown; the title weighs most.
            let exact = try await library.search("中介服务费") { $0.count = true }
            #expect(exact.total == 2)
            let title = try await library.search("上市")
            #expect(title.hits.prefix(4).allSatisfy { $0.point.content.title.contains("上市") })

            // Facets count the hits, filters narrow by every dimension named.
            let all = try await library.search("") { $0.count = true }
            #expect(all.total == 20 && all.hits.count == 20)
            let awards = try #require(all.facets.first { $0.tag.code == "award" })
            #expect(awards.tag.dimension == .policyType && awards.count == 6)
            let narrowed = try await library.search("") {
                $0.count = true
                $0.tags = [
                    .with { ($0.dimension, $0.code) = (.policyType, "award") },
                    .with { ($0.dimension, $0.code) = (.policyType, "subsidy") },
                    .with { ($0.dimension, $0.code) = (.honour, "double-50") },
                ]
            }
            #expect(narrowed.hits.map { names[$0.point.pointID] } == ["double50-listing-fees"] && narrowed.total == 1)

            // Pages of any order show everything once.
            for order in [Zhitongche_Policy_V1_SearchOrder.unspecified, .newest, .level] {
                for query in ["", "企业", "企业 \"没有\" 奖励", "工业企业的各种补贴奖励"] {
                    let whole = try await library.search(query) { $0.order = order }
                    var pages: [String] = []
                    var token = ""
                    repeat {
                        let page = try await library.search(query) {
                            $0.order = order
                            $0.pageSize = 3
                            $0.pageToken = token
                        }
                        pages += page.hits.map(\.point.pointID)
                        token = page.nextPageToken
                    } while !token.isEmpty
                    #expect(pages == whole.hits.map(\.point.pointID), "\(query) by \(order)")
                }
            }
            let levels = try await library.search("") { $0.order = .level }.hits.map(\.point.content.level.rawValue)
            #expect(levels == levels.sorted())
            let newest = try await library.search("") { $0.order = .newest }.hits
            #expect(newest.first.map { names[$0.point.pointID] } == "energy-limit")
            let foreign = try await problem {
                try await library.search("奖励") { $0.pageToken = all.nextPageToken + "AAAA" }
            }
            #expect(foreign?.violations.map(\.field) == ["page_token"])

            try await oddInput(library)
        }
    }

    /// Anything may be typed; the answer is hits or none, never an error.
    private func oddInput(_ library: Library) async throws {
        var odd = [
            "'", "\"", "\"\"", "'; DROP TABLE policy.point_index; --", "%", "_%_", "\\", "\\u0000", "\u{0}", "？？？",
            "“", "”上市“", "( AND | OR )", "上市' OR '1'='1", "💰奖励", "\u{202E}上市", "ﷺ", "\u{FEFF}", "\n\t",
            String(repeating: "奖励", count: 5_000), String(repeating: "\"", count: 300), "$1", "⟦⟧",
        ]
        var random = SeededRandom(seed: 20, stream: "policy.search.odd")
        for _ in 0..<60 {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 1..<80, using: &random) {
                if let scalar = Unicode.Scalar(UInt32.random(in: 0..<0x11_0000, using: &random)) { text.append(scalar) }
                if Bool.random(using: &random),
                    let scalar = "\"'%_\\上市奖励 50".unicodeScalars.randomElement(using: &random)
                {
                    text.append(scalar)
                }
            }
            odd.append(String(text))
        }
        for query in odd {
            let refused = try await problem {
                try await library.search(query) { $0.count = true }
            }
            // What no field of any call may hold is refused by name; everything else is searched for.
            let isRefused = query.unicodeScalars.contains { $0.value == 0 || (0x202A...0x202E).contains($0.value) }
            #expect(
                refused?.violations.map(\.field) ?? [] == (isRefused ? ["query"] : []),
                "\(query.unicodeScalars.map { String($0.value, radix: 16) })")
        }
        #expect(try await library.search("？？？").hits.isEmpty)
        #expect(try await library.search("上市' OR '1'='1").hits.first?.snippet.contains("⟦上市⟧") == true)
    }
}
