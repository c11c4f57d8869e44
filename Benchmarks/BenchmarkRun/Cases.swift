import AppealContracts
import ArgumentParser
import CommonContracts
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2

/// Takes cases through their life, so many at once: submitted by an enterprise, accepted and assigned by a dispatcher,
/// taken up and replied by a unit, rated by the enterprise. A reply needs a case that was taken up, so a life is six
/// commands.
struct LifeCyclesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lives", abstract: "Takes cases from submission to rating for a while and prints rate and times.")

    @OptionGroup var target: Target

    @Option(help: "Token of the dispatcher.")
    var dispatcher: String

    @Option(help: "Token of the unit that handles the cases; --token is that of the enterprise.")
    var handler: String

    @Option(help: "The unit that handles the cases.")
    var unit: String

    @Option(help: "Region of the cases.")
    var region = "370902"

    @Option(help: "Lives at once.")
    var inFlight = 16

    @Option(help: "How long, in seconds; ignored with --count.")
    var seconds = 5.0

    @Option(help: "How many; 0 goes by the time.")
    var count = 0

    /// How far a life goes.
    enum Until: String, ExpressibleByArgument, CaseIterable {
        case submitted
        case rated
        /// Resolved before the rating, and written off after it.
        case writtenOff = "written-off"
    }

    @Option(help: "How far they go: submitted, rated or written-off.")
    var until = Until.rated

    func run() async throws {
        let began = ContinuousClock.now
        let end = began + .seconds(seconds)
        let (inFlight, count) = (inFlight, count)
        let life = CaseLife(
            applicant: target.metadata, dispatcher: bearer(dispatcher), handler: bearer(handler), unit: unit,
            region: region, until: until)
        let (times, ids) = try await target.connected { client in
            try await withThrowingTaskGroup(of: (Times, [String]).self) { group in
                for lane in 0..<inFlight {
                    group.addTask {
                        var times = Times()
                        var ids: [String] = []
                        var number = lane
                        while count > 0 ? number < count : ContinuousClock.now < end {
                            let start = ContinuousClock.now
                            ids.append(try await life.live(Zhitongche_Appeal_V1_AppealService.Client(wrapping: client)))
                            times.add(ContinuousClock.now - start)
                            number += inFlight
                        }
                        return (times, ids)
                    }
                }
                return try await group.reduce(into: (Times(), [String]())) { all, lane in
                    all.0.add(lane.0)
                    all.1 += lane.1
                }
            }
        }
        var finding = Finding(times: times, time: ContinuousClock.now - began)
        if count > 0 { finding.ids = ids }
        try finding.print()
    }

    private func bearer(_ token: String) -> Metadata {
        var other = target
        other.token = token
        return other.metadata
    }
}

/// One case from submission to rating.
private struct CaseLife: Sendable {
    let applicant: Metadata
    let dispatcher: Metadata
    let handler: Metadata
    let unit: String
    let region: String
    let until: LifeCyclesCommand.Until

    /// Lives it and returns the case's identifier.
    func live<Transport: ClientTransport>(
        _ appeal: Zhitongche_Appeal_V1_AppealService.Client<Transport>
    ) async throws -> String {
        var options = CallOptions.defaults
        options.timeout = .seconds(20)
        let id = fresh()
        var one = try await appeal.submitCase(
            .with {
                $0.requestID = id
                $0.kind = .appeal
                $0.content.title = "企业用电增容"
                $0.content.text = "新上生产线需要增容，请协调办理时间。"
                $0.namedUnitID = unit
                $0.regionCode = region
            }, metadata: applicant, options: options
        ).case
        guard until != .submitted else { return one.caseID }
        one = try await appeal.acceptCase(
            .with { ($0.requestID, $0.caseID, $0.version) = (fresh(), one.caseID, one.version) },
            metadata: dispatcher, options: options
        ).case
        one = try await appeal.assignCase(
            .with { ($0.requestID, $0.caseID, $0.version, $0.unitID) = (fresh(), one.caseID, one.version, unit) },
            metadata: dispatcher, options: options
        ).case
        one = try await appeal.takeUpCase(
            .with { ($0.requestID, $0.caseID, $0.version) = (fresh(), one.caseID, one.version) },
            metadata: handler, options: options
        ).case
        one = try await appeal.replyCase(
            .with {
                ($0.requestID, $0.caseID, $0.version) = (fresh(), one.caseID, one.version)
                $0.text = "已协调供电公司现场勘查，本周内完成增容。"
            }, metadata: handler, options: options
        ).case
        if until == .writtenOff {
            one = try await appeal.resolveCase(
                .with { ($0.requestID, $0.caseID, $0.version) = (fresh(), one.caseID, one.version) },
                metadata: handler, options: options
            ).case
        }
        one = try await appeal.rateCase(
            .with {
                ($0.requestID, $0.caseID, $0.version) = (fresh(), one.caseID, one.version)
                ($0.mark, $0.words) = (5, "很快")
            }, metadata: applicant, options: options
        ).case
        if until == .writtenOff {
            one = try await appeal.writeOffCase(
                .with { ($0.requestID, $0.caseID, $0.version) = (fresh(), one.caseID, one.version) },
                metadata: dispatcher, options: options
            ).case
        }
        let wanted: Zhitongche_Appeal_V1_CaseState = until == .writtenOff ? .writtenOff : .rated
        guard one.state == wanted else { throw Failure("case \(one.caseID) is \(one.state)") }
        return one.caseID
    }

    private func fresh() -> String { UUID().uuidString.lowercased() }
}

/// Lists cases as a unit's people do, page by page.
struct ListsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lists", abstract: "Lists cases several times and prints times and what was found.")

    @OptionGroup var target: Target

    @Option(help: "Cases in one state only, by its number in the contract.")
    var state = 0

    @Option(help: "Cases of one kind only, by its number in the contract.")
    var kind = 0

    @Option(help: "Cases of one unit only.")
    var unit = ""

    @Flag(help: "Only cases of which a limit passed.")
    var overdue = false

    @Option(help: "Pages to go through.")
    var pages = 1

    @Option(help: "How often all of it.")
    var times = 20

    func run() async throws {
        var options = CallOptions.defaults
        options.timeout = .seconds(60)
        options.maxResponseMessageBytes = nil
        guard let state = Zhitongche_Appeal_V1_CaseState(rawValue: state),
            let kind = Zhitongche_Appeal_V1_CaseKind(rawValue: kind)
        else { throw Failure("no such state or kind") }
        let request = Zhitongche_Appeal_V1_ListCasesRequest.with {
            ($0.state, $0.kind, $0.unitID, $0.overdueOnly, $0.pageSize) = (state, kind, unit, overdue, 50)
        }
        let (metadata, pages, times, calls) = (target.metadata, pages, times, options)
        let began = ContinuousClock.now
        let (taken, found) = try await target.connected { client in
            let appeal = Zhitongche_Appeal_V1_AppealService.Client(wrapping: client)
            var taken = Times()
            var found: [String] = []
            // The first round only warms the connection up.
            for round in 0...times {
                var next = request
                var ids: [String] = []
                for _ in 0..<pages {
                    let start = ContinuousClock.now
                    let answer = try await appeal.listCases(next, metadata: metadata, options: calls)
                    if round > 0 { taken.add(ContinuousClock.now - start) }
                    ids += answer.cases.map(\.caseID)
                    next.pageToken = answer.nextPageToken
                    if next.pageToken.isEmpty { break }
                }
                found = ids
            }
            return (taken, found)
        }
        var finding = Finding(times: taken, time: ContinuousClock.now - began)
        finding.ids = found
        try finding.print()
    }
}
