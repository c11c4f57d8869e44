import CommonContracts
import Foundation
import GRPCCore
import Messaging
import Postgres
import ProjectContracts
import ProjectDomain
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import ProjectService

@Suite("Project: signing left out", .serialized)
struct SkippedSigningTests {
    @Test(
        "PRJ-18 who comes past signing counts as signed from that day: what repeats it counts once, here and in events")
    func skipped() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            try await office.travel(to: 2020, 4, 20)
            let first = try await office.advance(
                office.admit(office.create()), to: .started, on: .day(2020, 4, 20), reason: "容缺受理")
            #expect(first.repeatsProjectID.isEmpty)
            try await office.travel(to: 2020, 5, 6)
            let signed = try await office.advance(
                office.admit(office.create { $0.investor = "鲁中 重工集团" }), to: .signed, on: .day(2020, 5, 6))
            #expect(signed.repeatsProjectID == first.projectID)
            let completed = try await office.advance(
                office.admit(office.create()), to: .completed, on: .day(2020, 5, 6), reason: "补录")
            #expect(completed.repeatsProjectID == first.projectID)
            #expect(try await office.get(first.projectID).repeatsProjectID.isEmpty)

            let rate = try await office.rate(.start)
            #expect(rate.numerator == 1 && rate.denominator == 1 && rate.repeated == 2)
            #expect(rate.lines.map(\.projectID) == [completed.projectID])
            #expect(rate.lines.first?.signedOn == .day(2020, 4, 20))
            let april = try await office.rate(.start) {
                ($0.lastMonth.year, $0.lastMonth.month) = (2020, 4)
            }
            #expect(april.denominator == 1)
            let may = try await office.rate(.start) {
                ($0.firstMonth.year, $0.firstMonth.month) = (2020, 5)
            }
            #expect(may.denominator == 0 && may.lines.isEmpty)

            let told = try await eventually {
                try await bench.published(Zhitongche_Project_V1_StageEntered.self, on: ProjectApp.projectEvents)
            } is: {
                $0.count == 3
            }
            let repeats = Dictionary(uniqueKeysWithValues: told.map { ($0.project.projectID, $0.repeatsProjectID) })
            #expect(
                repeats == [
                    first.projectID: "", signed.projectID: first.projectID, completed.projectID: first.projectID,
                ])
            #expect(told.filter(\.skipped).count == 3)

            // Back behind signing it has signed nothing, and the next one is the first.
            _ = try await office.advance(first, to: .negotiating, on: .day(2020, 5, 6), reason: "合同解除")
            #expect(try await office.get(signed.projectID).repeatsProjectID.isEmpty)
            #expect(try await office.get(completed.projectID).repeatsProjectID == signed.projectID)
            #expect(try await office.rate(.start).repeated == 1)
        }
    }

    @Test("PRJ-18, XCT-14 projects that came past signing before the rule was mended count from their day as well")
    func earlierRows() async throws {
        let schema = try await EarlierSchema.make(ProjectApp.self, before: 8)
        try await schema.administration.transaction { tx in
            func insert(_ number: String, stage: String, signed: String?, started: String?) throws {
                try tx.execute(
                    """
                    INSERT INTO project.project
                        (id, number, registered_at, name, unit, region, site, investor, source, nature, total_fen,
                         domestic_fen, foreign_cents, size, industry, industry_path, industry_group, own_procedure,
                         standings, signing_key, stage, status, status_reason, planned_on, signed_on, started_on,
                         library, light_reasons, referred, seq, event_seq)
                    VALUES (gen_random_uuid(), \(number), now(), '项目', 'town', '370902', '一号地块', '集团', 'local', 'new',
                        100, 100, 0, 'large', 'C35', 'C35', '', false, '{}', 'key', \(stage), 'active', '',
                        '2020-04-01'::date, \(signed)::date, \(started)::date, 'admitted', '{}', false, 1, 1)
                    """, expecting: 1)
            }
            try insert("P1", stage: "planned", signed: nil, started: nil)
            try insert("P2", stage: "started", signed: nil, started: "2020-04-10")
            try insert("P3", stage: "started", signed: "2020-04-05", started: "2020-04-10")
        }
        try await schema.migrate()
        let days = try await schema.administration.transaction { tx in
            try tx.query("SELECT number, coalesce(signing_on::text, '') AS day FROM project.project ORDER BY number") {
                "\(try $0.get("number", as: String.self)) \(try $0.get("day", as: String.self))"
            }
        }
        #expect(days == ["P1 ", "P2 2020-04-10", "P3 2020-04-05"])
    }
}
