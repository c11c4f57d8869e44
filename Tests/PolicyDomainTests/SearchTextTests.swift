import Domain
import Testing

@testable import PolicyDomain

@Suite("POL-9 search text")
struct SearchTextTests {
    @Test("POL-9 width, case and punctuation are folded")
    func folding() {
        #expect(SearchText("“双５０强”企业ＧＤＰ").skeleton == "双 50 强企业 gdp ")
        #expect(SearchText("GDP 2020，Ⅳ级").tokens.map(\.text) == ["gdp", "2020", "iv", "级"])
    }

    @Test("POL-9 neighbours of characters are grams, words stand alone")
    func grams() {
        #expect(SearchText("上市奖励").queryGrams == ["上市", "市奖", "奖励"])
        #expect(SearchText("双50强").queryGrams == ["双 50", "50 强"])
        #expect(SearchText("强").queryGrams == ["强"])
        #expect(SearchText("gdp 2020").queryGrams == ["gdp", "2020"])
        let index = SearchText("新三板挂牌，奖励100万元").indexGrams
        for text in ["新三板", "挂牌奖励", "100万", "万", "奖"] {
            for gram in SearchText(text).queryGrams { #expect(index.contains(gram), "\(text): \(gram)") }
        }
        #expect(!index.contains("10"))
    }

    @Test("POL-9 quotes make phrases, an open quote does not")
    func phrases() {
        #expect(SearchQuery("\"上市 补贴\" 中介").phrases == ["上市补贴"])
        #expect(SearchQuery("“双50强” 上市").phrases == ["双 50 强"])
        let open = SearchQuery("\"上市 补贴")
        #expect(open.phrases.isEmpty)
        #expect(open.grams == ["上市", "补贴"])
        #expect(SearchQuery("贷款，延期").grams == ["贷款", "延期"])
        #expect(SearchQuery("  　").isBlank)
        #expect(!SearchQuery("??").isBlank)
        #expect(SearchQuery("??").terms.isEmpty)
    }

    @Test("POL-9 the snippet shows the words between marks")
    func snippet() {
        let text = "企业在境内外证券交易所首发上市的，按规定给予一次性奖励五百万元。"
        let found = SearchSnippet(of: text, query: SearchQuery("上市奖励"))
        #expect(found.text == "企业在境内外证券交易所首发⟦上市⟧的，按规定给予一次性⟦奖励⟧五百万元。")
        #expect(SearchSnippet(of: "⟦坏⟧标记上市", query: SearchQuery("上市")).text == "[坏]标记⟦上市⟧")
        let long = String(repeating: "前文很长", count: 60) + "上市" + String(repeating: "后文", count: 80)
        let cut = SearchSnippet(of: long, query: SearchQuery("上市")).text
        #expect(cut.hasPrefix("…") && cut.hasSuffix("…") && cut.contains("⟦上市⟧"))
        #expect(cut.unicodeScalars.count == SearchSnippet.longest + 4)
    }

    @Test("POL-9 any input is a query: random Unicode, marks and control characters", arguments: [1, 2, 3] as [UInt64])
    func anything(seed: UInt64) {
        var random = SeededRandom(seed: seed, stream: "policy.search.text")
        let odd = Array("\"'“”%_\\;--\u{0}\u{7F}\u{200D}\u{FEFF}双强5aＡ　\u{301}ﷺ".unicodeScalars)
        for _ in 0..<2_000 {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0..<60, using: &random) {
                if Bool.random(using: &random), let scalar = odd.randomElement(using: &random) {
                    text.append(scalar)
                } else if let scalar = Unicode.Scalar(UInt32.random(in: 0..<0x11_0000, using: &random)) {
                    text.append(scalar)
                }
            }
            let query = SearchQuery(String(text))
            let skeleton = SearchText(String(text)).skeleton
            #expect(!skeleton.unicodeScalars.contains("\u{0}"))
            #expect(query.grams.allSatisfy { !$0.isEmpty && !$0.unicodeScalars.contains("\u{0}") })
            // What is searched for is found in a text that holds it.
            let index = SearchText(String(text)).indexGrams
            for term in query.terms where text.count <= SearchQuery.longest {
                #expect(Set(term.text.queryGrams).isSubset(of: index) || query.terms.count > 1)
            }
            let snippet = SearchSnippet(of: String(text), query: query).text.unicodeScalars
            #expect(snippet.filter { $0 == "⟦" }.count == snippet.filter { $0 == "⟧" }.count)
        }
    }
}
