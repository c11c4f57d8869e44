import Domain
import EnterpriseContracts
import Foundation
import GRPCCore
import Messaging
import PolicyContracts
import Postgres
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing
import Wire

@testable import EnterpriseService

@Suite("Replicas of the library side by side")
struct ReplicasTests {
    @Test("ENT-9, XCT-15 over two replicas every point has one audience and every change of a member one event")
    func once() async throws {
        let bench = try await ServiceBench.enterprise()
        let second = try await bench.start()
        try await bench.stage { stage in
            let rows = try (1...4).map { number in
                try Row(number).with { ($0.employees, $0.year) = (number < 4 ? "120" : "90", "2019") }
            }
            _ = try await stage.load(Row.file(rows))
            let condition = Condition.attribute(Sample.key("employees"), .greaterOrEqual(.integer(100)))
            func publish(_ points: [String]) async throws {
                for point in points {
                    let event = newID()
                    // Every event twice: the second delivery must change nothing, whichever replica has it.
                    for _ in 0..<2 { try await stage.publish(point, id: event, .sample(condition)) }
                }
            }
            let points = (0..<8).map { _ in newID() }
            try await publish(points)
            for point in points { try await stage.audience(point, met: 3, notMet: 1, unknown: 0) }
            // A member that grows is told to every audience once, through whichever replica it was written.
            try await bench.withClient(of: second) { client in
                let other = Stage(bench: bench, handle: second, client: client)
                let enterprise = try await other.enterprise(rows[3]).enterpriseID
                _ = try await other.library.recordAttributes(
                    .with {
                        $0.requestID = newID()
                        $0.enterpriseID = enterprise
                        $0.records = [
                            .with {
                                $0.attribute = "employees"
                                $0.value = AttributeValue.integer(130).wire
                                $0.period = .with { $0.start = Sample.day("2020-01-01").wire }
                                $0.source = "office"
                            }
                        ]
                    }, metadata: try await other.steward, options: other.options)
            }
            for point in points { try await stage.audience(point, met: 4, notMet: 0, unknown: 0) }
            // One goes: the other takes over what the first led and read.
            try await second.stop()
            let later = (0..<4).map { _ in newID() }
            try await publish(later)
            for point in later { try await stage.audience(point, met: 4, notMet: 0, unknown: 0) }
            for point in points + later {
                let events = try await stage.audienceEvents(point)
                #expect(events.map(\.seq) == Array(1...Int64(events.count)))
                #expect(events.filter { $0.type.hasSuffix("AudienceClosed") }.count == 1)
                #expect(
                    events.filter { $0.type.hasSuffix("AudienceMemberChanged") }.count
                        == (points.contains(point) ? 1 : 0))
            }
            #expect(try await stage.query("SELECT count(*) AS n FROM enterprise.audience") == 12)
            #expect(try await stage.query("SELECT count(*) AS n FROM enterprise.dead_letter") == 0)
        }
    }
}
