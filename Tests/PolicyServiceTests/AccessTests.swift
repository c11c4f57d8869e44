import CommonContracts
import GRPCCore
import PolicyContracts
import ServiceRuntime
import ServiceTestSupport
import Testing

@testable import PolicyService

/// The calls of the service, by the contract's names.
enum Call: String, CaseIterable {
    case createDocument = "CreateDocument"
    case getDocument = "GetDocument"
    case listDocuments = "ListDocuments"
    case draftPoint = "DraftPoint"
    case editPoint = "EditPoint"
    case submitPoint = "SubmitPoint"
    case returnPoint = "ReturnPoint"
    case publishPoint = "PublishPoint"
    case revisePoint = "RevisePoint"
    case withdrawPoint = "WithdrawPoint"
    case getPoint = "GetPoint"
    case listPoints = "ListPoints"
    case listPointVersions = "ListPointVersions"
    case searchPoints = "SearchPoints"
    case listTags = "ListTags"

    static let everybody: Set<Person> = [.handler, .reviewer, .publisher, .enterprise, .nobody]

    /// Who may make the call.
    var admitted: Set<Person> {
        switch self {
        case .createDocument, .draftPoint, .editPoint, .submitPoint, .revisePoint: [.handler]
        case .returnPoint: [.reviewer, .publisher]
        case .publishPoint, .withdrawPoint: [.publisher]
        case .listPointVersions: [.handler, .reviewer, .publisher]
        case .getDocument, .listDocuments, .getPoint, .listPoints, .searchPoints, .listTags: Self.everybody
        }
    }

    /// Makes the call with an empty request: admitted, it ends with another error than a denial, or with none.
    func make(_ library: Library, _ metadata: Metadata) async throws {
        let (policy, options) = (library.policy, library.options)
        switch self {
        case .createDocument: _ = try await policy.createDocument(.init(), metadata: metadata, options: options)
        case .getDocument: _ = try await policy.getDocument(.init(), metadata: metadata, options: options)
        case .listDocuments: _ = try await policy.listDocuments(.init(), metadata: metadata, options: options)
        case .draftPoint: _ = try await policy.draftPoint(.init(), metadata: metadata, options: options)
        case .editPoint: _ = try await policy.editPoint(.init(), metadata: metadata, options: options)
        case .submitPoint: _ = try await policy.submitPoint(.init(), metadata: metadata, options: options)
        case .returnPoint: _ = try await policy.returnPoint(.init(), metadata: metadata, options: options)
        case .publishPoint: _ = try await policy.publishPoint(.init(), metadata: metadata, options: options)
        case .revisePoint: _ = try await policy.revisePoint(.init(), metadata: metadata, options: options)
        case .withdrawPoint: _ = try await policy.withdrawPoint(.init(), metadata: metadata, options: options)
        case .getPoint: _ = try await policy.getPoint(.init(), metadata: metadata, options: options)
        case .listPoints: _ = try await policy.listPoints(.init(), metadata: metadata, options: options)
        case .listPointVersions: _ = try await policy.listPointVersions(.init(), metadata: metadata, options: options)
        case .searchPoints: _ = try await policy.searchPoints(.init(), metadata: metadata, options: options)
        case .listTags: _ = try await policy.listTags(.init(), metadata: metadata, options: options)
        }
    }
}

@Suite("Policy: access", .serialized)
struct AccessTests {
    /// Numbers that no list writes into its tokens: beyond 64 bits, beyond the list's bounds, or written otherwise.
    private static let madeUp = [
        "-9223372036854775808", "9223372036854775807", "9223372036854775808", "-1000000", "2147483648", "+1", "01", "",
    ]

    @Test("XCT-12 a made-up page token is refused by its field and ends nothing but its own call")
    func madeUpTokens() async throws {
        let bench = try await ServiceBench.policy()
        try await bench.library { library in
            let (policy, options) = (library.policy, library.options)
            let metadata = try await library.metadata(.handler)
            let id = newID()
            func token(_ filter: [String], _ key: [String]) -> String {
                PageToken.encode(filterHash: PageToken.hash(of: filter), key: key)
            }
            func points(_ revision: String) async throws -> Problem? {
                try await problem {
                    try await library.list { $0.pageToken = token(["points", "published", "", ""], [id, revision]) }
                }
            }
            let point = try await library.published()
            func versions(_ below: String) async throws -> Problem? {
                try await problem {
                    try await policy.listPointVersions(
                        .with {
                            $0.pointID = point.pointID
                            $0.pageToken = token(["versions", point.pointID], [below])
                        }, metadata: metadata, options: options)
                }
            }
            func search(rank: String, time: String) async throws -> Problem? {
                try await problem {
                    try await library.search("") {
                        $0.pageToken = token(["search", "relevance"], ["every", rank, time, id])
                    }
                }
            }
            func tags(_ place: String) async throws -> Problem? {
                try await problem {
                    try await policy.listTags(
                        .with {
                            $0.dimension = .size
                            $0.pageToken = token(["tags", "size"], [place])
                        }, metadata: metadata, options: options)
                }
            }
            let refusal = [Problem.FieldViolation("page_token", "is not a token of this list")]
            for number in Self.madeUp {
                #expect(try await points(number)?.violations == refusal, "\(number)")
                #expect(try await versions(number)?.violations == refusal, "\(number)")
                #expect(try await search(rank: number, time: "0")?.violations == refusal, "\(number)")
                #expect(try await tags(number)?.violations == refusal, "\(number)")
            }
            for number in Self.madeUp where number != "2147483648" {
                #expect(try await search(rank: "0", time: number)?.violations == refusal, "\(number)")
            }
            #expect(try await search(rank: "0", time: "253402300800000000")?.violations == refusal)
            #expect(try await tags("5")?.violations == refusal)
            // The same tokens with numbers that the lists could have written are taken.
            #expect(try await points("2147483647") == nil)
            #expect(try await versions("1") == nil)
            #expect(try await search(rank: "-39001", time: "253402300799999999") == nil)
            #expect(try await tags("4") == nil)
        }
    }

    @Test("XCT-10 every call admits exactly its roles and nobody without a token")
    func matrix() async throws {
        #expect(Set(Call.allCases.map(\.rawValue)) == Set(PolicyApp.access.rules.keys))
        let bench = try await ServiceBench.policy()
        try await bench.library { library in
            for call in Call.allCases {
                let stranger = try await problem { try await call.make(library, [:]) }
                #expect(stranger?.reason == .unauthenticated, "\(call)")
                for person in Call.everybody {
                    let metadata = try await library.metadata(person)
                    let found = try await problem { try await call.make(library, metadata) }
                    #expect(
                        (found?.code == .permissionDenied) != call.admitted.contains(person), "\(call) by \(person)")
                }
            }
        }
    }
}
