import DirectoryContracts
import Domain
import Testing

@testable import ServiceRuntime

@Suite("Scopes over the unit tree (XCT-10, DIR-4)")
struct CallerTests {
    private let identity: Identity

    init() throws { identity = try Identity() }

    private func caller(_ role: String, unit: String = "bureau", enterprise: String? = nil) throws -> Caller {
        let claims = identity.claims(
            roles: [role], kind: enterprise == nil ? .staff : .enterprise, unit: unit, enterprise: enterprise)
        return try TokenVerifier(trust: identity.trust).caller(claims)
    }

    private func reason(_ work: () throws -> Void) -> Problem.Reason? {
        do {
            try work()
            return nil
        } catch {
            return (error as? Problem)?.reason
        }
    }

    @Test(
        "a scope reaches exactly its units",
        arguments: [
            ("own", ["bureau"]), ("below", ["bureau", "desk"]), ("region", ["bureau", "desk"]),
            ("all", ["office", "bureau", "desk", "elsewhere", "unknown"]), ("enterprise", []),
        ])
    func units(_ role: String, _ reached: [String]) throws {
        let caller = try caller(role)
        for unit in ["office", "bureau", "desk", "elsewhere", "unknown"] {
            let denied = reason { try caller.require("probe.write", unit: unit) }
            #expect(denied == (reached.contains(unit) ? nil : .scopeDenied), "\(role) on \(unit)")
            #expect(caller.may("probe.write", unit: unit) == reached.contains(unit), "\(role) on \(unit)")
        }
    }

    @Test("regions: the own one and what lies below it") func regions() throws {
        let caller = try caller("region")
        #expect(reason { try caller.require("probe.write", region: "320583100") } == nil)
        #expect(reason { try caller.require("probe.write", region: "320500") } == .scopeDenied)
        #expect(reason { try caller.require("probe.write", region: "no code") } == .scopeDenied)
    }

    @Test("enterprises: the own one only") func enterprises() throws {
        let caller = try caller("enterprise", enterprise: "e-1")
        #expect(reason { try caller.require("probe.write", enterprise: "e-1") } == nil)
        #expect(reason { try caller.require("probe.write", enterprise: "e-2") } == .scopeDenied)
        #expect(try self.caller("enterprise").enterpriseID == nil)
    }

    @Test("no role, an unknown role and an unspecified scope allow nothing") func nothing() throws {
        for role in ["none", "unheard-of"] {
            let caller = try caller(role)
            #expect(reason { try caller.require("probe.write") } == .actionDenied)
            #expect(caller.scope(of: "probe.write") == nil)
        }
        #expect(reason { try caller("all").require("other.write") } == .actionDenied)
        #expect(reason { try caller("all").require("probeX.write") } == .actionDenied)
    }

    @Test("the widest scope is named") func widest() throws {
        let claims = identity.claims(roles: ["own", "region", "below"])
        let caller = try TokenVerifier(trust: identity.trust).caller(claims)
        #expect(caller.scope(of: "probe.read") == .region)
    }

    @Test("a ring of units ends") func ring() throws {
        for (unit, parent) in [("a", "b"), ("b", "a")] {
            identity.trust.apply(unitState(unit, parent))
        }
        #expect(!identity.trust.isUnit("a", within: "office"))
    }

    @Test("DIR-3: what a unit had follows it on the day of its end, upwards and downwards, also along a chain")
    func merger() throws {
        func date(_ day: Int) throws -> CivilDate { try CivilDate(year: 2020, month: 5, day: day) }
        func end(_ id: String, _ parent: String, on day: Int32, _ successors: [String]) {
            identity.trust.apply(
                .with {
                    $0.unitID = id
                    $0.parentID = parent
                    $0.region = "320583"
                    $0.active.end = .with { ($0.year, $0.month, $0.day) = (2020, 5, day) }
                    $0.successorIds = successors
                })
        }
        func reaches(_ role: String, from unit: String, to object: String) throws -> Bool {
            let caller = try caller(role, unit: unit)
            return reason { try caller.require("probe.write", unit: object) } == nil
        }
        for (unit, parent) in [("new", "office"), ("newer", "office"), ("under", "old")] {
            identity.trust.apply(unitState(unit, parent))
        }
        end("old", "office", on: 10, ["new"])

        identity.trust.note(today: try date(9))
        #expect(try reaches("own", from: "old", to: "old") && !reaches("own", from: "new", to: "old"))
        #expect(try reaches("below", from: "old", to: "under") && !reaches("below", from: "new", to: "under"))

        identity.trust.note(today: try date(10))
        // The successor's staff have what the old unit had, and what lay below it; narrower roles not what lies below.
        #expect(try reaches("own", from: "new", to: "old") && reaches("below", from: "new", to: "under"))
        #expect(try !reaches("own", from: "new", to: "under"))
        // The old unit's staff went with it: they reach what it had and what its successor has.
        #expect(try reaches("own", from: "old", to: "old") && reaches("own", from: "old", to: "new"))
        #expect(try reaches("below", from: "old", to: "under"))
        // Who stands above goes on reaching both; who stands beside still reaches neither.
        #expect(try reaches("below", from: "office", to: "old") && reaches("below", from: "office", to: "under"))
        #expect(try !reaches("below", from: "desk", to: "old") && !reaches("below", from: "newer", to: "old"))

        end("new", "office", on: 12, ["newer"])
        identity.trust.note(today: try date(12))
        #expect(try reaches("own", from: "newer", to: "old") && reaches("below", from: "newer", to: "under"))
        #expect(try reaches("own", from: "old", to: "newer"))
    }

    @Test("DIR-3: after a split both successors have what the unit had, and its old posts rest")
    func split() throws {
        for unit in ["left", "right"] { identity.trust.apply(unitState(unit, "office")) }
        identity.trust.apply(
            .with {
                $0.unitID = "whole"
                $0.region = "320583"
                $0.active.end = .with { ($0.year, $0.month, $0.day) = (2020, 5, 10) }
                $0.successorIds = ["left", "right"]
            })
        identity.trust.note(today: try CivilDate(year: 2020, month: 5, day: 10))
        for unit in ["left", "right"] {
            let successor = try caller("own", unit: unit)
            #expect(reason { try successor.require("probe.write", unit: "whole") } == nil)
            let former = try caller("own", unit: "whole")
            #expect(reason { try former.require("probe.write", unit: unit) } == .scopeDenied)
            #expect(reason { try former.require("probe.write", unit: "whole") } == .scopeDenied)
        }
    }

    @Test("DIR-3: units that name each other as successors end the search") func ringOfSuccessors() throws {
        for (unit, successor) in [("x", "y"), ("y", "x")] {
            identity.trust.apply(
                .with {
                    $0.unitID = unit
                    $0.active.end = .with { ($0.year, $0.month, $0.day) = (2020, 5, 10) }
                    $0.successorIds = [successor]
                })
        }
        identity.trust.note(today: try CivilDate(year: 2020, month: 5, day: 10))
        #expect(identity.trust.heirs(of: "x") == [] && !identity.trust.isUnit("x", within: "office"))
    }

    private func unitState(_ id: String, _ parent: String) -> Zhitongche_Directory_V1_Unit {
        .with {
            $0.unitID = id
            $0.parentID = parent
        }
    }

    @Test("an access table names methods without a rule and rules without a method") func table() {
        let table: AccessTable = ["Known": .authenticated, "Gone": .anonymous]
        #expect(
            table.mismatches(methods: ["p.S/Known", "p.S/New"]) == ["New has no access rule", "Gone is no method"])
    }
}
