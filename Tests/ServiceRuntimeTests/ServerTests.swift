import CommonContracts
import Foundation
import FoundationNetworking
import GRPCCore
import GRPCProtobuf
import GrpcContracts
import Messaging
import Postgres
import SwiftProtobuf
import TestSupport
import Testing

@testable import ServiceRuntime

@Suite("A running service (XCT-10, XCT-12, XCT-14)")
struct ServerTests {
    private let stage: Stage

    init() async throws { stage = try await Stage.shared.value }

    @Test("health answers for the service's name and for the whole server") func health() async throws {
        let health = Grpc_Health_V1_Health.Client(wrapping: stage.client)
        let common = ["DeadLetterService", "DevelopmentService", "EventLogService"].map { "zhitongche.common.v1.\($0)" }
        for name in [ProbeApp.service, ""] + common {
            #expect(try await health.check(.with { $0.service = name }).status == .serving, "\(name)")
        }
        let error = await #expect(throws: RPCError.self) { try await health.check(.with { $0.service = "other" }) }
        #expect(error?.code == .notFound)
        let listed = try await health.list(.init()).statuses.keys
        #expect(Set(listed) == Set([ProbeApp.service, ""] + common))
    }

    @Test("reflection lists services and finds files with their imports, in both versions") func reflection()
        async throws
    {
        let questions: [Grpc_Reflection_V1_ServerReflectionRequest] = [
            .with { $0.listServices = "*" },
            .with { $0.fileContainingSymbol = "zhitongche.common.v1.DevelopmentService.MoveClock" },
            .with { $0.fileByFilename = "google/protobuf/timestamp.proto" },
            .with { $0.fileContainingSymbol = "no.such.Symbol" },
        ]
        let current = Grpc_Reflection_V1_ServerReflection.Client(wrapping: stage.client)
        let answers = try await current.serverReflectionInfo {
            try await $0.write(contentsOf: questions)
        } onResponse: {
            try await $0.messages.reduce(into: []) { $0.append($1) }
        }
        let names = answers[0].listServicesResponse.service.map(\.name)
        #expect(names.contains(ProbeApp.service))
        #expect(names.contains("grpc.reflection.v1alpha.ServerReflection"))
        let files = try answers[1].fileDescriptorResponse.fileDescriptorProto.map {
            try Google_Protobuf_FileDescriptorProto(serializedBytes: $0).name
        }
        #expect(files.first == "zhitongche/common/v1/development.proto")
        #expect(Set(files).isSuperset(of: ["google/protobuf/timestamp.proto", "google/protobuf/duration.proto"]))
        #expect(answers[2].fileDescriptorResponse.fileDescriptorProto.count == 1)
        #expect(answers[3].errorResponse.errorCode == 5)

        let alpha = Grpc_Reflection_V1alpha_ServerReflection.Client(wrapping: stage.client)
        let old = try await alpha.serverReflectionInfo {
            try await $0.write(.with { $0.listServices = "*" })
        } onResponse: {
            try await $0.messages.reduce(into: []) { $0.append($1) }
        }
        #expect(old[0].listServicesResponse.service.map(\.name) == names)
    }

    @Test("the access table holds for every kind of caller, denials are audited") func access() async throws {
        let identity = stage.identity
        let staff = try await identity.token()
        let below = try await identity.token(identity.claims(roles: ["below"], account: "scoped"))
        let powerless = try await identity.token(identity.claims(roles: ["none"], account: "powerless"))
        let policy = try await identity.token(
            identity.claims(roles: [], account: "s-policy", kind: .service, unit: nil, service: "policy"))
        let project = try await identity.token(
            identity.claims(roles: [], account: "s-project", kind: .service, unit: nil, service: "project"))
        let expectations: [(String, String, String?, RPCError.Code?)] = [
            ("Open", "", nil, nil), ("Open", "", "rubbish", .unauthenticated), ("Whoami", "", nil, .unauthenticated),
            ("Whoami", "", staff, nil), ("Write", "desk", nil, .unauthenticated), ("Write", "desk", staff, nil),
            ("Write", "desk", below, nil), ("Write", "office", below, .permissionDenied),
            ("Write", "desk", powerless, .permissionDenied), ("Peer", "", staff, .permissionDenied),
            ("Peer", "", policy, nil), ("Peer", "", project, .permissionDenied), ("Peer", "", nil, .unauthenticated),
        ]
        for (method, text, token, code) in expectations {
            let refusal = await stage.refusal(method, text, token: token)
            #expect(refusal?.code == code, "\(method) \(text) \(token?.suffix(8) ?? "-")")
        }
        let audited = try await stage.rows(
            "SELECT subject || ' ' || reason AS line FROM directory.audit_entry WHERE outcome = 'denied'", "line",
            as: String.self)
        #expect(audited.contains("scoped SCOPE_DENIED"))
        #expect(audited.contains("powerless ACTION_DENIED"))
        #expect(audited.contains("s-project ACTION_DENIED"))
        #expect(audited.contains(" malformed"))
    }

    @Test("deny by default: a call without a rule is open to nobody") func denyByDefault() async throws {
        let interceptor = AuthorisationInterceptor(access: [:], denials: NoDenials())
        var call = CallContext.Values(requestIdentifier: "r", method: "p.S/Unknown")
        call.caller = Caller(accountID: "root", kind: .staff, permissions: [Permission(action: "*", scope: .all)])
        let problem = await #expect(throws: Problem.self) {
            try await CallContext.$current.withValue(call) {
                try await withServerContextRPCCancellationHandle { cancellation in
                    _ = try await interceptor.intercept(
                        request: StreamingServerRequest<Text>(
                            metadata: [:],
                            messages: RPCAsyncSequence(wrapping: AsyncThrowingStream<Text, any Error> { $0.finish() })),
                        context: ServerContext(
                            descriptor: MethodDescriptor(fullyQualifiedService: "p.S", method: "Unknown"),
                            remotePeer: "", localPeer: "", cancellation: cancellation)
                    ) { _, _ in StreamingServerResponse<Text>(error: RPCError(code: .unknown, message: "reached")) }
                }
            }
        }
        #expect(problem?.code == .permissionDenied)
    }

    @Test("errors become statuses with details, and hide their causes") func errors() async throws {
        let expectations: [(String, RPCError.Code, Problem.Reason)] = [
            ("typed", .failedPrecondition, .illegalState), ("invalid", .invalidArgument, .invalidField),
            ("conflict", .aborted, .versionConflict), ("pool", .resourceExhausted, .exhausted),
            ("away", .unavailable, .unavailable), ("unknown", .unavailable, .unavailable),
            ("nul", .invalidArgument, .invalidField), ("json", .invalidArgument, .invalidField),
            ("early", .unavailable, .unavailable), ("sql", .internalError, .internal),
            ("other", .internalError, .internal),
        ]
        for (kind, code, reason) in expectations {
            let error = try #require(await stage.refusal("Fail", kind))
            let problem = try #require(Problem(error), "\(kind) has no details")
            #expect(problem.code == code, "\(kind)")
            #expect(problem.reason == reason, "\(kind)")
            let shown = "\(error) \(problem.en) \(problem.zh) \(problem.metadata)"
            #expect(!shown.contains("SELECT") && !shown.contains("10.0.0.1"), "\(shown)")
        }
        let invalid = await stage.refusal("Fail", "invalid").flatMap { Problem($0) }
        #expect(invalid?.violations.map(\.field) == ["a.b[2]", "c"])
        let conflict = await stage.refusal("Fail", "conflict").flatMap { Problem($0) }
        #expect(conflict?.metadata["current_version"] == "7")
    }

    @Test("the localized message follows accept-language") func languages() async throws {
        for (language, locale, text) in [("en-US", "en", "the probe is frozen"), ("zh", "zh-CN", "已冻结")] {
            let error = try #require(
                await stage.refusal("Fail", "typed", metadata: ["accept-language": "\(language)"]))
            let status = try #require(try error.unpackGoogleRPCStatus())
            let message = status.details.compactMap(\.localizedMessage).first
            #expect(message?.locale == locale)
            #expect(message?.message == text)
            #expect(status.message == "the probe is frozen")
        }
    }

    @Test("a deadline is required, and ends the call when it passes (rule 17)") func deadlines() async throws {
        let missing = try #require(await stage.refusal("Open", timeout: nil))
        #expect(missing.code == .invalidArgument)
        #expect(Problem(missing)?.reason == .deadline)
        let start = ContinuousClock.now
        #expect(await stage.refusal("Slow", timeout: .milliseconds(300))?.code == .deadlineExceeded)
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test("a message that is none is refused with INVALID_ARGUMENT (XCT-12)") func malformed() async throws {
        let error = await #expect(throws: RPCError.self) {
            var options = CallOptions.defaults
            options.timeout = .seconds(10)
            try await stage.client.unary(
                request: ClientRequest(message: [UInt8](repeating: 0xff, count: 40)),
                descriptor: MethodDescriptor(fullyQualifiedService: ProbeApp.service, method: "Open"),
                serializer: RawBytes(), deserializer: ProtobufDeserializer<Text>(), options: options
            ) { _ = try $0.message }
        }
        #expect(error?.code == .invalidArgument)
        #expect(error.flatMap { Problem($0) }?.reason == .invalidField)
    }

    @Test("metrics and probes answer over HTTP") func operations() async throws {
        _ = try await stage.call("Open", "hello")
        func get(_ path: String) async throws -> (Int, String) {
            let url = try #require(URL(string: "http://127.0.0.1:\(stage.handle.httpPort)/\(path)"))
            let (data, response) = try await URLSession.shared.data(from: url)
            return ((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data, as: UTF8.self))
        }
        #expect(try await get("livez").0 == 200)
        #expect(try await get("readyz") == (200, "ready\n"))
        #expect(try await get("metrics").0 == 200)
        // A call is measured when its answer is on its way, and the backlog now and then.
        let measured = "ztc_call_duration_seconds_count{code=\"ok\",method=\"\(ProbeApp.service)/Open\"}"
        let text = try await eventually {
            try await get("metrics").1
        } is: {
            $0.contains("\nztc_outbox_pending ") && $0.contains(measured)
        }
        #expect(text.contains("# TYPE ztc_call_duration_seconds histogram"))
    }

    @Test("a worker that fails is started again, and wakes when the clock moves (rule 14)") func workersAndClock()
        async throws
    {
        try await eventually({ ProbeWorker.runs.withLock { $0 } }, is: { $0 >= 2 })
        let clock = Zhitongche_Common_V1_DevelopmentService.Client(wrapping: stage.client)
        var options = CallOptions.defaults
        options.timeout = .seconds(10)
        let start = try #require(Instant(iso8601: "2020-04-20T01:00:00Z"))
        let moved = try await clock.moveClock(.with { $0.to = .init(start) }, options: options)
        #expect(Instant(moved.businessTime) >= start)
        #expect(Instant(moved.businessTime) < start + .seconds(60))
        let later = try await clock.moveClock(.with { $0.by = .init(seconds: 86_400) }, options: options)
        #expect(Instant(later.businessTime) >= start + .seconds(86_400))
        let both = try await clock.getClock(.init(), options: options)
        #expect(Instant(both.realTime) > Instant(both.businessTime))
        #expect(try BusinessClock.date(of: Instant(both.businessTime)).description == "2020-04-21")
        let refused = await #expect(throws: RPCError.self) { try await clock.moveClock(.init(), options: options) }
        #expect(refused?.code == .invalidArgument)
        for seconds: Int64 in [.min, .max] {
            let far = await #expect(throws: RPCError.self) {
                try await clock.moveClock(.with { $0.by = .init(seconds: seconds) }, options: options)
            }
            #expect(far?.code == .invalidArgument)
        }
        try await eventually({ ProbeWorker.wakes.withLock { $0 } }, is: { $0 >= 1 })
    }
}

private struct NoDenials: DenialRecorder {
    func record(_ reason: String, _ call: CallContext.Values) async {}
}

private struct RawBytes: MessageSerializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }
}
