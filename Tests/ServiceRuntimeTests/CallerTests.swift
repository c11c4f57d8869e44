import DirectoryContracts
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
