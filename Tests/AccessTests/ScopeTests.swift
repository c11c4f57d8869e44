import DirectoryContracts
import Foundation
import GRPCCore
import Messaging
import Postgres
import ServiceTestSupport
import TestSupport
import Testing

@testable import ServiceRuntime

/// The units of the test. After the objects were made, `bureau` gets another name, `old` ends and `bureau` follows it,
/// and `lost` ends and `beside` follows it.
private enum Place: String, CaseIterable, Sendable {
    /// The unit above the callers' own.
    case city
    /// The callers' own.
    case bureau
    /// Below it.
    case desk
    /// A neighbour of the same region.
    case beside
    /// Somewhere else.
    case away
    /// What has become the callers' own.
    case old
    /// What lay below that.
    case under
    /// What lay below the callers' own and has become the neighbour.
    case lost

    var parent: String {
        switch self {
        case .city, .away: ""
        case .bureau, .beside: "city"
        case .desk, .lost: "bureau"
        case .old: "beside"
        case .under: "old"
        }
    }

    var region: String { self == .away ? "371302" : "370900" }

    var unit: (id: String, parent: String, region: String) { (rawValue, parent, region) }

    /// The unit that follows it.
    var successor: Place? {
        switch self {
        case .old: .bureau
        case .lost: .beside
        case .city, .bureau, .desk, .beside, .away, .under: nil
        }
    }
}

/// Who calls: a post of a unit whose role allows every action in a scope, and what it reaches by the rules of
/// docs/access.md and DIR-3.
private struct Person: Sendable {
    let scope: Scope
    let post: Place
    let reaches: Set<Place>
    /// Where it is tried; for scopes that do not ask how units stand to one another a few places tell enough.
    var places = Place.allCases

    static let all = [
        Person(scope: .ownUnit, post: .bureau, reaches: [.bureau, .old]),
        Person(scope: .ownUnitAndBelow, post: .bureau, reaches: [.bureau, .desk, .old, .under]),
        // Its staff went with the unit that has ended.
        Person(scope: .ownUnitAndBelow, post: .old, reaches: [.bureau, .desk, .old, .under]),
        Person(scope: .ownUnitAndBelow, post: .beside, reaches: [.beside, .lost]),
        Person(scope: .region, post: .bureau, reaches: [.city, .beside], places: [.city, .beside, .away]),
        Person(scope: .ownEnterprise, post: .bureau, reaches: [], places: [.bureau, .desk]),
        Person(scope: .all, post: .away, reaches: [.city, .under, .away], places: [.city, .under, .away]),
    ]
}

@Suite("Scopes against every call on a unit's objects (XCT-10, DIR-3)", .serialized)
struct ScopeTests {
    @Test(
        "XCT-10, DIR-3: a call reaches objects of the own unit, below, renamed and merged as the scope says; else denied",
        arguments: Installation.allCases.filter { $0.scopedCalls != nil })
    func scopes(_ service: Installation) async throws {
        let table = try #require(service.scopedCalls)
        try await service.run(units: Place.allCases.map(\.unit)) { stage in
            let counter = try await ScopeCounter(stage, table)
            try await counter.change()
            let denied = try await counter.tryAll()
            try await stage.expectAudited(denied)
        }
    }

    @Test("XCT-10: every call that needs an action is tried on a unit's objects, or it is said why no unit bounds it")
    func complete() {
        for service in Installation.allCases {
            guard let table = service.scopedCalls else { continue }
            let bounded = service.app.definition.access.rules.filter { _, rule in
                switch rule {
                case .action, .anyAction: true
                case .anonymous, .authenticated, .kinds, .services: false
                }
            }
            let tried = Set(table.calls.map(\.method))
            let missing = Set(bounded.keys).subtracting(tried).subtracting(table.others.keys)
            #expect(missing.isEmpty, "\(service): \(missing.sorted())")
            let twice = tried.intersection(table.others.keys)
            #expect(twice.isEmpty, "\(service): \(twice.sorted())")
        }
    }
}

/// Makes the objects of every place and tries every call on them as everybody.
private struct ScopeCounter {
    private let stage: Stage
    private let table: ScopedCalls
    private let methods: [String: ServedContract.Method]
    private let founder: Metadata
    /// What was made, by place and name.
    private var objects: [Place: [String: AnsweredObject]] = [:]

    init(_ stage: Stage, _ table: ScopedCalls) async throws {
        self.stage = stage
        self.table = table
        methods = Dictionary(
            stage.contract.methods.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        founder = try await stage.metadata(stage.directory.staff(Self.account(0), roles: [Stage.everything]))
        for place in Place.allCases {
            for making in table.objects {
                let method = try method(making.method)
                let bytes = try request(making.request, of: method, at: place)
                do {
                    let answer = try await stage.answer(method, bytes, founder)
                    objects[place, default: [:]][making.name] = try AnsweredObject(
                        making.field, in: answer, of: method, stage.contract)
                } catch let error as RPCError {
                    throw NotReached(
                        description: "\(making.method) at \(place): \(error) \(Problem(error)?.violations ?? [])")
                }
            }
        }
    }

    private static func account(_ number: Int) -> String { "019a0000-0000-7000-8000-00000000000\(number)" }

    private func method(_ name: String) throws -> ServedContract.Method {
        guard let method = methods[name] else { throw NotReached(description: "\(name) is not served") }
        return method
    }

    /// The request with the objects of a place, a fresh request identifier, and the version of the first object that it
    /// names, or a given one.
    private func request(
        _ json: String, of method: ServedContract.Method, at place: Place, version: Int64? = nil
    ) throws -> [UInt8] {
        let made = objects[place] ?? [:]
        var text = json.replacing("$unit", with: place.rawValue).replacing("$region", with: place.region)
        // The longest first, since a name may be the beginning of another.
        for (name, object) in made.sorted(by: { $0.key.count > $1.key.count }) {
            text = text.replacing("\"$\(name)\"", with: "\"\(object.id)\"")
        }
        text = text.replacing("$new", with: UUIDv7.make())
        guard case .message(var members) = try WrittenRequest(text) else {
            throw NotReached(description: "\(method.name): the request is no message")
        }
        let fields = Set(stage.contract.messages[method.input]?.field.map(\.name) ?? [])
        if fields.contains("request_id") { members["request_id"] = .text(UUIDv7.make()) }
        if fields.contains("version"), members["version"] == nil {
            let named = made.first { json.contains("\"$\($0.key)\"") }?.value.version
            members["version"] = .number(version ?? named ?? 0)
        }
        return try WrittenRequest.message(members).bytes(as: method.input, stage.contract)
    }

    /// Renames and merges units as the directory would tell it.
    func change() async throws {
        for place in Place.allCases where place == .bureau || place.successor != nil {
            try await stage.publishUnit(
                .with {
                    ($0.unitID, $0.parentID, $0.region, $0.version) = (place.rawValue, place.parent, place.region, 2)
                    $0.name = place == .bureau ? "renamed" : place.rawValue
                    if let successor = place.successor {
                        $0.active.end = .with { ($0.year, $0.month, $0.day) = (2020, 4, 1) }
                        $0.successorIds = [successor.rawValue]
                    }
                })
        }
        let trust = stage.handle.runtime.trust
        try await eventually {
            [trust.heirs(of: "old"), trust.heirs(of: "lost"), [trust.name(of: "bureau") ?? ""]]
        } is: {
            $0 == [["bureau"], ["beside"], ["renamed"]]
        }
    }

    /// Tries every call: first by those who must not, while everything is as it was made, then by those who may.
    ///
    /// - Returns: how many were denied, each of which the audit has to tell.
    func tryAll() async throws -> Int {
        var denied = 0
        for reaching in [false, true] {
            for (number, person) in Person.all.enumerated() {
                let metadata = try await stage.metadata(
                    stage.directory.staff(
                        Self.account(number + 1), unit: person.post.rawValue, region: person.post.region,
                        roles: [Stage.everything(person.scope)]))
                for place in person.places where person.reaches.contains(place) == reaching {
                    for call in table.calls {
                        let error = try await tried(call, at: place, reaching, metadata)
                        if error?.code == .permissionDenied { denied += 1 }
                        expect(
                            error, of: call, reaching,
                            "\(call.method) at \(place) by \(person.scope) of \(person.post)")
                    }
                }
            }
        }
        return denied
    }

    /// Makes a call; what lists leave out is told as NOT_FOUND, and a version that has passed meanwhile is taken anew.
    private func tried(
        _ call: ScopedCalls.Scoped, at place: Place, _ reaching: Bool, _ metadata: Metadata
    ) async throws -> RPCError? {
        let method = try method(call.method)
        var version: Int64?
        for _ in 0..<3 {
            do {
                let bytes = try request(call.request, of: method, at: place, version: version)
                let answer = try await stage.answer(method, bytes, metadata)
                guard case .leftOut(let name) = call.refusal, let id = objects[place]?[name]?.id else { return nil }
                let isShown = String(decoding: answer, as: UTF8.self).contains(id)
                return isShown ? nil : RPCError(code: .notFound, message: "left out")
            } catch let error as RPCError {
                guard reaching, error.code == .aborted,
                    let current = Problem(error)?.metadata["current_version"].flatMap({ Int64($0) })
                else { return error }
                version = current
            }
        }
        return RPCError(code: .aborted, message: "the version changes all the time")
    }

    private func expect(_ error: RPCError?, of call: ScopedCalls.Scoped, _ reaching: Bool, _ who: String) {
        let told = error.map { "\($0.code) \($0.message) \(Problem($0)?.violations ?? [])" } ?? "done"
        if reaching {
            // Whoever reaches it may be told that it is not in the state for it, and nothing else.
            let accepted: Set<RPCError.Code?> =
                call.endsInNotFound ? [.notFound] : [nil, .failedPrecondition, .alreadyExists]
            // That a second person is needed is no question of scope.
            let needsAnother = error?.code == .permissionDenied && error.flatMap { Problem($0) }?.reason == .samePerson
            #expect(accepted.contains(error?.code) || needsAnother, "\(who): \(told)")
        } else {
            switch call.refusal {
            case .denied: #expect(error?.code == .permissionDenied, "\(who): \(told)")
            case .hidden: #expect(error?.code == .notFound, "\(who): \(told)")
            case .leftOut:
                // Without anything to read, such a list is denied as a whole.
                #expect(error?.code == .notFound || error?.code == .permissionDenied, "\(who): \(told)")
            }
        }
    }
}
