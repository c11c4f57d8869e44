import Domain
import Testing

@Suite("ENT-1 credit code")
struct CreditCodeTests {
    static let alphabet = Array("0123456789ABCDEFGHJKLMNPQRTUWXY")

    static func random(_ random: inout SeededRandom) throws -> CreditCode {
        let body = String((0..<8).map { _ in random.pick(alphabet) })
        return try CreditCode.make(
            registrationAuthority: random.pick(["1", "5", "9"]), category: random.pick(["1", "2", "3"]),
            region: RegionCode("3709" + random.pick(["02", "11", "21", "23", "82", "83"])), organisation: body)
    }

    @Test("Known codes are read and taken apart")
    func known() throws {
        let code = try CreditCode("91110000600037341L")
        #expect(code.registrationAuthority == "9")
        #expect(code.category == "1")
        #expect(code.regionDigits == "110000")
        #expect(code.organisationCode == "600037341")
        #expect(code.hasConsistentOrganisationCode)
        #expect(try CreditCode("91110000600037341l") == code)
    }

    @Test("Every refusal names the field and the reason")
    func refusals() {
        #expect(throws: DomainError("creditCode", .wrongLength(expected: 18))) { try CreditCode("12345") }
        #expect(throws: DomainError("creditCode", .illegalCharacter(position: 9))) {
            try CreditCode("91110000I00037341L")
        }
        #expect(throws: DomainError("creditCode", .illegalCharacter(position: 3))) {
            try CreditCode("91A10000600037341L")
        }
        #expect(throws: DomainError("owner.code", .wrongCheckCharacter)) {
            try CreditCode("911100006000373411", field: "owner.code")
        }
        #expect(throws: DomainError("organisation", .illegalCharacter(position: 2))) {
            try CreditCode.make(
                registrationAuthority: "9", category: "1", region: RegionCode("370902"), organisation: "1O345678")
        }
    }

    @Test("Codes that are not of a market regulator may begin with a letter")
    func otherAuthorities() throws {
        let code = try CreditCode.make(
            registrationAuthority: "N", category: "2", region: RegionCode("370902"), organisation: "MF123456")
        #expect(code.registrationAuthority == "N")
        #expect(code.hasConsistentOrganisationCode)
    }

    @Test("Agrees with python-stdnum over made and mutated codes")
    func oracle() throws {
        var random = SeededRandom(seed: testSeed, stream: "credit-code")
        var texts: [String] = []
        for _ in 0..<1500 {
            let code = try Self.random(&random)
            #expect(code.hasConsistentOrganisationCode)
            texts.append(code.text)
            var mutated = Array(code.text)
            // The first two places are left alone: the oracle admits digits only there.
            mutated[Int.random(in: 2..<18, using: &random)] = random.pick(Self.alphabet + ["I", "O", "S", "V", "Z"])
            texts.append(String(mutated))
            var swapped = Array(code.text)
            let place = Int.random(in: 8..<17, using: &random)
            swapped.swapAt(place, place + 1)
            texts.append(String(swapped))
            texts.append(String(code.text.dropLast(Int.random(in: 0...2, using: &random))))
        }
        let program = "import sys, stdnum.cn.uscc as u\nfor l in sys.stdin: print(int(u.is_valid(l.strip())))"
        let answers = try python(program, input: texts)
        #expect(answers.count == texts.count)
        #expect(Set(answers) == ["0", "1"])
        for (text, answer) in zip(texts, answers) {
            let ours = (try? CreditCode(text)) != nil
            #expect(ours == (answer == "1"), "\(text)")
        }
    }
}
