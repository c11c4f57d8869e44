import CoreMetrics
import Foundation
import Logging
import Messaging
import Synchronization
import Testing

@testable import ServiceRuntime

@Suite("Logs, metrics and traces (XCT-14)")
struct TelemetryTests {
    @Test("traceparent is read and written") func traceparent() throws {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let context = try #require(TraceContext(traceparent: text))
        #expect(context.traceparent == text)
        #expect(context.isSampled)
        let child = context.child()
        #expect(child.traceID == context.traceID)
        #expect(child.spanID != context.spanID)
        #expect(TraceContext(traceparent: TraceContext.begin().traceparent) != nil)
        #expect(TraceContext(traceparent: "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more") != nil)
    }

    @Test(
        "a malformed traceparent is ignored",
        arguments: [
            "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", "00-é-é-é",
        ])
    func malformed(_ text: String) { #expect(TraceContext(traceparent: text) == nil) }

    @Test("events written within a trace carry it") func messaging() async throws {
        let context = TraceContext.begin()
        await context.run {
            #expect(TraceParent.current == context.traceparent)
            #expect(TraceContext.current == context)
        }
        #expect(TraceParent.current == nil)
    }

    @Test("a log line is one JSON object with trace and request") func logLine() async throws {
        let lines = Mutex<[String]>([])
        let logger = Logger(label: "test") { label in
            JSONLogHandler(service: "probe", label: label, level: .info) { line in lines.withLock { $0.append(line) } }
        }
        let call = CallContext.Values(requestIdentifier: "request-1", method: "p.S/M")
        await TraceContext.begin().run {
            CallContext.$current.withValue(call) {
                logger.info("quote \" break \n 中文 \u{1}", metadata: ["case": "c-1", "list": ["a", "b"], "ts": "no"])
                logger.debug("not written")
            }
        }
        let line = try #require(lines.withLock { $0.first })
        #expect(lines.withLock { $0.count } == 1)
        #expect(!line.contains("\n"))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["message"] as? String == "quote \" break \n 中文 \u{1}")
        #expect(object["request_id"] as? String == "request-1")
        #expect((object["trace_id"] as? String)?.count == 32)
        #expect(object["service"] as? String == "probe")
        #expect(object["case"] as? String == "c-1")
        #expect(object["list"] as? [String] == ["a", "b"])
        #expect(object["ts"] as? String != "no")
    }

    @Test("metrics come in Prometheus' text format") func prometheus() throws {
        let registry = MetricsRegistry()
        registry.makeCounter(label: "ztc_calls_total", dimensions: [("method", "a\"b"), ("code", "ok")]).increment(
            by: 2)
        registry.makeCounter(label: "ztc_calls_total", dimensions: [("code", "ok"), ("method", "a\"b")]).increment(
            by: 1)
        registry.makeMeter(label: "outbox.depth", dimensions: []).set(2.5)
        let timer = registry.makeTimer(label: "ztc_call_duration_seconds", dimensions: [("code", "ok")])
        timer.recordNanoseconds(2_000_000)
        timer.recordNanoseconds(60_000_000_000)
        let lines = registry.text().split(separator: "\n").map(String.init)
        #expect(lines.contains("# TYPE ztc_calls_total counter"))
        #expect(lines.contains("ztc_calls_total{code=\"ok\",method=\"a\\\"b\"} 3"))
        #expect(lines.contains("outbox_depth 2.5"))
        #expect(lines.contains("ztc_call_duration_seconds_bucket{code=\"ok\",le=\"0.001\"} 0"))
        #expect(lines.contains("ztc_call_duration_seconds_bucket{code=\"ok\",le=\"0.0025\"} 1"))
        #expect(lines.contains("ztc_call_duration_seconds_bucket{code=\"ok\",le=\"+Inf\"} 2"))
        #expect(lines.contains("ztc_call_duration_seconds_count{code=\"ok\"} 2"))
        #expect(lines.contains("ztc_call_duration_seconds_sum{code=\"ok\"} 60.002"))
    }

    @Test("accept-language picks by weight, Chinese by default") func locale() {
        #expect(CallLocale(acceptLanguage: nil) == .zh)
        #expect(CallLocale(acceptLanguage: "de") == .zh)
        #expect(CallLocale(acceptLanguage: "en-GB,zh;q=0.5") == .en)
        #expect(CallLocale(acceptLanguage: "en;q=0.2, zh-CN;q=0.9") == .zh)
        #expect(CallLocale(acceptLanguage: ";;;,,q=") == .zh)
    }
}
