import GRPCCore
import ServiceTestSupport
import TestSupport
import Testing

@testable import ServiceRuntime

@Suite("Hostile input to every call (XCT-12, rule 21)", .serialized)
struct InputTests {
    /// One request and what it is.
    struct Case: Sendable {
        let method: ServedContract.Method
        let name: String
        let bytes: [UInt8]
        /// Whether it can be read as the message that it should be.
        let isReadable: Bool
    }

    /// The service's own calls. What every service serves is the same code everywhere, so one of them is enough.
    private static func methods(of service: Installation, in stage: Stage) -> [ServedContract.Method] {
        stage.contract.methods.filter { service == .directory || !$0.service.hasPrefix("zhitongche.common.") }
    }

    @Test(
        "XCT-12: no value of any field of any call ends in INTERNAL; what is refused is refused by the field's name",
        arguments: Installation.allCases)
    func fields(_ service: Installation) async throws {
        try await service.run { stage in
            let requests = NastyRequests(contract: stage.contract)
            var cases: [Case] = []
            for method in Self.methods(of: service, in: stage) {
                cases.append(
                    Case(method: method, name: "plausible", bytes: requests.request(method.input), isReadable: true))
                for leaf in requests.leaves(of: method.input) {
                    for value in NastyRequests.values(leaf.type) {
                        cases.append(
                            Case(
                                method: method, name: "\(leaf.name) = \(value.name)",
                                bytes: requests.request(method.input, (leaf, value.bytes)), isReadable: true))
                    }
                    if leaf.isRepeated {
                        for value in NastyRequests.values(leaf.type).prefix(20).suffix(1) {
                            cases.append(
                                Case(
                                    method: method, name: "\(leaf.name) × 5000",
                                    bytes: requests.request(
                                        method.input, (leaf, Array(value.bytes.prefix(64))), times: 5_000),
                                    isReadable: true))
                        }
                    }
                }
            }
            try await stage.expectSurvival(of: cases)
        }
    }

    @Test(
        "Rule 21: no depth, no cut and no change of bytes ends in INTERNAL or stops the service",
        arguments: Installation.allCases)
    func bytes(_ service: Installation) async throws {
        try await service.run { stage in
            let requests = NastyRequests(contract: stage.contract)
            var random = SplitMix(state: 20_201_121)
            var cases: [Case] = []
            func add(_ method: ServedContract.Method, _ name: String, _ bytes: [UInt8]) {
                cases.append(Case(method: method, name: name, bytes: bytes, isReadable: false))
            }
            for method in Self.methods(of: service, in: stage) {
                for depth in [10, 33, 90, 101, 5_000] {
                    for bytes in requests.nested(method.input, depth: depth) { add(method, "depth \(depth)", bytes) }
                }
                let whole = requests.request(method.input)
                for cut in stride(from: 1, to: max(whole.count, 2), by: max(whole.count / 10, 1)) {
                    add(method, "cut at \(cut)", Array(whole.prefix(cut)))
                }
                for round in 0..<20 where !whole.isEmpty {
                    var changed = whole
                    for _ in 0...(round % 4) {
                        changed[Int.random(in: 0..<changed.count, using: &random)] = .random(
                            in: 0...255, using: &random)
                    }
                    add(method, "changed \(changed)", changed)
                }
                add(method, "unknown fields", NastyRequests.delimited(536_870_911, Array(repeating: 0, count: 200_000)))
                add(method, "twice", whole + whole)
                add(method, "ones", Array(repeating: 255, count: 1_000))
                add(method, "a length that lies", [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07])
                add(method, "no UTF-8", NastyRequests.delimited(1, [0xC0, 0x80, 0xED, 0xA0, 0x80]))
            }
            try await stage.expectSurvival(of: cases)
        }
    }
}

/// A small generator with a seed, so that a failure can be repeated.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension Stage {
    /// Sends every request as somebody with all rights, a few at a time, and expects an answer that a caller can use.
    fileprivate func expectSurvival(of cases: [InputTests.Case]) async throws {
        let staff = try await metadata(
            directory.staff("019a0000-0000-7000-8000-000000000001", roles: [Stage.everything]))
        let user = try await metadata(
            directory.enterpriseUser(
                "019a0000-0000-7000-8000-000000000002", enterprise: "019a0000-0000-7000-8000-0000000000e1",
                roles: [Stage.everything]))
        let machine = try await metadata(directory.service("directory"))
        let workers = 6
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<workers {
                group.addTask {
                    for index in stride(from: worker, to: cases.count, by: workers) {
                        let each = cases[index]
                        let caller: Metadata =
                            switch rule(of: each.method) {
                            case .kinds: user
                            case .services: machine
                            case .anonymous: [:]
                            case .action, .anyAction, .authenticated, nil: staff
                            }
                        try await expectUsable(each, caller)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(handle.isServing)
    }

    private func expectUsable(_ each: InputTests.Case, _ caller: Metadata) async throws {
        guard let error = try await call(each.method, each.bytes, caller) else { return }
        let place = "\(each.method.name), \(each.name)"
        switch error.code {
        case .internalError, .unknown, .dataLoss, .cancelled, .deadlineExceeded, .unimplemented:
            Issue.record("\(place): \(error)")
        case .unavailable:
            // The code cannot be handed over, since nobody plays notification here.
            #expect(each.method.name == "StartRegistration", "\(place): \(error)")
        case .invalidArgument where each.isReadable:
            let problem = Problem(error)
            let isNamed =
                problem?.violations.isEmpty == false && problem?.violations.allSatisfy { !$0.field.isEmpty } == true
            #expect(isNamed || problem?.reason == .requestIDReused, "\(place) is refused without a field: \(error)")
        case _: break
        }
    }
}
