import DirectoryDomain
import Domain
import Testing

func day(_ text: String) throws -> CivilDate { try CivilDate(text) }

/// Whether the domain accepts a value; what it refuses is not of interest to the caller.
func accepts(_ body: () throws -> Void) -> Bool {
    do {
        try body()
        return true
    } catch {
        return false
    }
}

func makeUnit(
    _ id: String = "economy-bureau", name: String = "市经信局", from: String = "2018-01-01", kind: UnitKind = .bureau,
    version: Int64 = 1
) throws -> Unit {
    try Unit(
        id: try UnitID(id), charter: try Unit.Charter(kind: kind, parent: nil, region: try RegionCode("370900")),
        names: [try UnitName(name: name, shortName: "", from: try day(from))], version: version)
}

/// What a unit answers to a command in a state; `nil` is success.
struct UnitCase: Sendable, CustomTestStringConvertible {
    enum State: String, CaseIterable, Sendable { case existing, renamePlanned, ended }
    enum Command: String, CaseIterable, Sendable { case rename, planRename, announce, end }

    let state: State
    let command: Command

    var testDescription: String { "\(command.rawValue) while \(state.rawValue)" }

    static let all = State.allCases.flatMap { state in Command.allCases.map { UnitCase(state: state, command: $0) } }

    func unit() throws -> Unit {
        var unit = try makeUnit()
        switch state {
        case .existing: break
        case .renamePlanned:
            let name = try UnitName(name: "市工信局", shortName: "", from: try day("2020-06-01"))
            _ = try unit.rename(to: name, today: try day("2020-04-20"))
        case .ended: try unit.end(on: try day("2020-05-01"), followedBy: [try makeUnit("follower")])
        }
        return unit
    }

    /// The expected error for illegal pairs.
    func refusal() throws -> UnitError? {
        switch (state, command) {
        case (_, .announce): nil
        case (.existing, .rename), (.existing, .planRename), (.existing, .end): nil
        case (.renamePlanned, .rename), (.renamePlanned, .planRename), (.renamePlanned, .end):
            .renamePlanned(from: try day("2020-06-01"))
        case (.ended, .rename), (.ended, .planRename), (.ended, .end): .ended(on: try day("2020-05-01"))
        }
    }
}

private typealias UnitID = DirectoryDomain.UnitID

@Suite("DIR-3 units")
struct UnitTests {
    @Test("DIR-3: every command in every state", arguments: UnitCase.all)
    func commandInState(_ example: UnitCase) throws {
        var unit = try example.unit()
        let before = unit
        let today = try day("2020-04-20")
        let refusal = try example.refusal()
        do throws(UnitError) {
            switch example.command {
            case .rename:
                let previous = before.name
                let result = try unit.rename(to: Self.name("市工信局", "2020-04-01"), today: today)
                #expect(result == .announced(previous: previous))
                #expect(unit.name.name == "市工信局")
            case .planRename:
                let result = try unit.rename(to: Self.name("市工信局", "2020-07-01"), today: today)
                #expect(result == .planned)
                #expect(unit.name == before.name)
                #expect(unit.plannedName?.name == "市工信局")
            case .announce:
                let due = example.state == .renamePlanned
                let early = unit.announcePlannedName(today: today)
                #expect(early == nil && unit == before)
                let announced = unit.announcePlannedName(today: Self.date("2020-06-01"))
                #expect((announced != nil) == due)
                #expect(unit.name.name == (due ? "市工信局" : "市经信局"))
                #expect(unit.plannedName == nil)
            case .end:
                try unit.end(on: Self.date("2020-05-01"), followedBy: [Self.unit("follower")])
                #expect(unit.successors.map(\.text) == ["follower"])
                #expect(unit.exists(on: today))
                #expect(!unit.exists(on: Self.date("2020-05-01")))
            }
            #expect(refusal == nil, "the command must be refused")
        } catch {
            #expect(error == refusal)
            #expect(unit == before, "a refused command changes nothing")
        }
    }

    @Test("DIR-3: an end needs other units that exist on the day, each once")
    func successors() throws {
        var unit = try makeUnit()
        let day = try day("2020-05-01")
        #expect(throws: UnitError.noSuccessor) { try unit.end(on: day, followedBy: []) }
        let itself = unit
        #expect(throws: UnitError.successorRepeated(itself.id)) { try unit.end(on: day, followedBy: [itself]) }
        let follower = try makeUnit("follower")
        #expect(throws: UnitError.successorRepeated(follower.id)) {
            try unit.end(on: day, followedBy: [follower, follower])
        }
        let late = try makeUnit("late", from: "2020-05-02")
        #expect(throws: UnitError.successorNotInExistence(late.id)) { try unit.end(on: day, followedBy: [late]) }
        var gone = try makeUnit("gone")
        try gone.end(on: day, followedBy: [follower])
        #expect(throws: UnitError.successorNotInExistence(gone.id)) { try unit.end(on: day, followedBy: [gone]) }
        #expect(throws: UnitError.endTooEarly(presentFrom: unit.start)) {
            try unit.end(on: unit.start, followedBy: [follower])
        }
        try unit.end(on: day, followedBy: [follower, late].filter { $0.exists(on: day) })
        #expect(unit.end == day)
    }

    @Test("DIR-3: a rename needs another name and a later day")
    func rename() throws {
        var unit = try makeUnit()
        let today = try day("2020-04-20")
        #expect(throws: UnitError.sameName) {
            try unit.rename(to: Self.name("市经信局", "2019-01-01"), today: today)
        }
        #expect(throws: UnitError.renameTooEarly(presentFrom: unit.start)) {
            try unit.rename(to: Self.name("市工信局", "2018-01-01"), today: today)
        }
        _ = try unit.rename(to: Self.name("市工信局", "2019-01-01"), today: today)
        _ = try unit.rename(to: Self.name("市工业局", "2020-09-01"), today: today)
        let history = unit.history
        #expect(history.map(\.name.name) == ["市经信局", "市工信局", "市工业局"])
        #expect(history.map(\.until) == [try day("2019-01-01"), try day("2020-09-01"), nil])
    }

    @Test("DIR-3: a random walk keeps names in order and ends final")
    func walk() throws {
        var random = SeededRandom(seed: 20_200_420, stream: "directory.units")
        for _ in 0..<200 {
            var unit = try makeUnit()
            var today = try day("2020-04-20")
            var ended = false
            for step in 0..<20 {
                today = try today.adding(days: Int.random(in: 0...40, using: &random))
                let other = try today.adding(days: Int.random(in: -60...60, using: &random))
                do throws(UnitError) {
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0, 1: _ = try unit.rename(to: Self.name("名称\(step)", other.description), today: today)
                    case 2: _ = unit.announcePlannedName(today: today)
                    case _:
                        if Int.random(in: 0..<6, using: &random) == 0 {
                            try unit.end(on: other, followedBy: [Self.unit("follower")])
                        }
                    }
                    #expect(!ended || unit.end != nil, "an end is final")
                } catch {
                    // Refusals are part of the walk; the invariants below hold in any case.
                }
                ended = unit.end != nil
                let days = unit.history.map(\.name.from)
                #expect(days == days.sorted() && Set(days).count == days.count)
                #expect(unit.name.from <= today)
                if let end = unit.end { #expect(unit.name.from < end && unit.plannedName == nil) }
            }
        }
    }

    @Test(
        "DIR-2: slugs",
        arguments: [
            ("a", false), ("ab", true), ("Ab", false), ("1ab", false), ("ab-", false), ("a--b", false), ("a-1", true),
            ("区经信局", false), ("a_b", false), ("a.b", false), (String(repeating: "a", count: 64), true),
            (String(repeating: "a", count: 65), false), ("", false), ("é-b", false),
        ])
    func slugs(_ text: String, _ valid: Bool) {
        #expect(accepts { _ = try UnitID(text) } == valid)
        #expect(accepts { _ = try RoleID(text) } == valid)
    }

    @Test("DIR-2: the charter agrees with the kind", arguments: UnitKind.allCases)
    func charter(_ kind: UnitKind) throws {
        let region = try RegionCode("370900")
        let bureau = try UnitID("economy-bureau")
        func make(_ subject: String, _ responsible: UnitID?) throws -> Unit.Charter {
            try Unit.Charter(kind: kind, parent: nil, region: region, subject: subject, responsibleUnit: responsible)
        }
        #expect(accepts { _ = try make("机械制造", nil) } == kind.namesSubject)
        #expect(accepts { _ = try make("", nil) } == !kind.namesSubject)
        let subject = kind.namesSubject ? "机械制造" : ""
        #expect(accepts { _ = try make(subject, bureau) } == kind.namesResponsibleUnit)
        #expect(throws: FieldProblem.self) {
            try Unit.Charter(
                kind: kind, parent: nil, region: region, responsibilities: ["税收", "税收"], subject: subject)
        }
    }

    @Test("DIR-1: codes within a region")
    func regions() throws {
        let city = Region.numbers(within: try RegionCode("370900"))
        #expect(city.contains(Region.number(of: try RegionCode("370902"))))
        #expect(city.contains(Region.number(of: try RegionCode("370902001"))))
        #expect(!city.contains(Region.number(of: try RegionCode("371000"))))
        #expect(!city.contains(Region.number(of: try RegionCode("370000"))))
    }

    // The texts of these tests are valid, so failing to read one is a mistake in the test.
    static func date(_ text: String) -> CivilDate { (try? day(text)) ?? .earliest }
    static func name(_ name: String, _ from: String) -> UnitName {
        guard let made = try? UnitName(name: name, shortName: "", from: date(from)) else { preconditionFailure(name) }
        return made
    }
    static func unit(_ id: String) -> Unit {
        guard let made = try? makeUnit(id) else { preconditionFailure(id) }
        return made
    }
}
