import AssessmentContracts
import CommonContracts
import Domain
import Foundation
import GRPCCore
import Postgres
import ProjectContracts
import ServiceRuntime
import SwiftProtobuf
import Wire

/// One example project of each unit, in the library and in production, whose report of April tells the money in place.
///
/// A project in production owes no further reports, so that nothing of the example turns yellow when time goes on.
struct ProjectExamples {
    typealias Calls = Zhitongche_Project_V1_ProjectService.Client<OperatorTransport>
    typealias Project = Zhitongche_Project_V1_Project

    let story: AssessmentStory

    /// Registers and reports what is missing and waits until assessment has counted it.
    func report() async throws {
        try await withConnection(to: "project", of: story.scenario.stack) { client in
            let calls = Calls(wrapping: client)
            let library = try await story.bearer(AssessmentStory.Post.library)
            for example in story.example.projects {
                let unit = try story.unit(example.unit)
                let reporter = try await story.bearer(story.reporter(of: unit))
                try await report(example, of: unit, calls, reporter, library)
            }
        }
        let assessor = try await story.bearer(AssessmentStory.Post.assessor)
        for example in story.example.projects {
            let unit = try story.unit(example.unit)
            let fen = try Zhitongche_Common_V1_Decimal(printed: example.inPlace).fenOfHundredMillions
            let derived = try await story.scenario.eventually("assessment counts the project of \(example.unit)") {
                let derived = try await story.calls.getDerivedValue(
                    request: assessor.request(
                        .with {
                            $0.indicatorID = "domestic-funds"
                            $0.unitID = unit
                            $0.period = story.period
                        }), options: .ordinary
                ).derived
                return derived.numerator >= fen ? derived : nil
            }
            Console.line("\(example.unit)：\(derived.value.printed) 亿元")
        }
    }

    private func report(
        _ example: AssessmentExample.Project, of unit: String, _ calls: Calls, _ reporter: Bearer, _ library: Bearer
    ) async throws {
        var project = try await find(example, of: unit, calls, reporter)
        func command(_ step: String) -> String { story.request("project", step, unit) }
        let (id, inPlace) = (project.projectID, try Self.money(example.inPlace))
        if project.library == .outside {
            project = try await calls.admitProject(
                request: library.request(
                    .with {
                        ($0.requestID, $0.projectID, $0.version) = (command("admit"), id, project.version)
                        ($0.fitsPlan, $0.fitsIndustry, $0.fitsPark) = (true, true, true)
                    }), options: .ordinary
            ).project
        }
        if !project.hasPlan {
            project = try await calls.setPlan(
                request: reporter.request(
                    .with {
                        ($0.requestID, $0.projectID, $0.version) = (command("plan"), id, project.version)
                        $0.plan.milestones = [
                            .with {
                                $0.name = "投产"
                                $0.dueOn = .with { ($0.year, $0.month, $0.day) = (story.example.year, 12, 31) }
                                $0.unitID = unit
                                $0.post = "目标任务经办岗"
                                $0.stage = .inProduction
                            }
                        ]
                        $0.plan.cadence = .monthly
                        $0.plan.reportsFrom = .with { ($0.year, $0.month, $0.day) = (story.example.year, 4, 1) }
                    }), options: .ordinary
            ).project
        }
        if project.stage != .inProduction {
            let today = try BusinessClock.date(of: Instant(project.registeredAt)).wire
            project = try await calls.advanceProject(
                request: reporter.request(
                    .with {
                        ($0.requestID, $0.projectID, $0.version) = (command("produce"), id, project.version)
                        $0.stage = .inProduction
                        $0.enteredOn = today
                        $0.evidence = [
                            .with {
                                $0.kind = .production
                                $0.number = "示例投产记录"
                                $0.dated = today
                            }
                        ]
                        $0.reason = "示例项目，登记时已投产"
                    }), options: .ordinary
            ).project
        }
        guard !project.hasFigures else { return }
        _ = try await calls.submitReport(
            request: reporter.request(
                .with {
                    ($0.requestID, $0.projectID, $0.version) = (command("report"), id, project.version)
                    $0.period.start = .with { ($0.year, $0.month, $0.day) = (story.example.year, 4, 1) }
                    $0.period.end = .with { ($0.year, $0.month, $0.day) = (story.example.year, 5, 1) }
                    $0.figures.completed = inPlace
                    $0.figures.domesticInPlace = inPlace
                    $0.picture = "示例项目已投产"
                }), options: .ordinary)
    }

    /// The project of the unit as it is now, registered if it is not there.
    private func find(
        _ example: AssessmentExample.Project, of unit: String, _ calls: Calls, _ reporter: Bearer
    ) async throws -> Project {
        let name = "\(example.unit)示例产业项目"
        var token = ""
        repeat {
            let page = try await calls.listProjects(
                request: reporter.request(
                    .with {
                        $0.unitID = unit
                        $0.pageSize = 200
                        $0.pageToken = token
                    }), options: .ordinary)
            if let found = page.projects.first(where: { $0.profile.name == name }) {
                return try await calls.getProject(
                    request: reporter.request(.with { $0.projectID = found.projectID }), options: .ordinary
                ).project
            }
            token = page.nextPageToken
        } while !token.isEmpty
        let total = try Self.money(example.total)
        let region = story.units.first { $0.id == unit }?.region ?? ""
        return try await calls.createProject(
            request: reporter.request(
                .with {
                    $0.requestID = story.request("project", "register", unit)
                    $0.profile = .with {
                        $0.name = name
                        $0.unitID = unit
                        $0.region = region
                        $0.site = "\(example.unit)产业园"
                        $0.investor = "示例投资人（\(example.unit)）"
                        ($0.source, $0.nature, $0.size) = (.attracted, .new, .large)
                        $0.investment.total = total
                        $0.investment.domestic = total
                        $0.industry = "C35"
                    }
                }), options: .ordinary
        ).project
    }

    /// An amount printed in 100 million yuan.
    private static func money(_ printed: String) throws -> Zhitongche_Common_V1_Money {
        let fen = try Zhitongche_Common_V1_Decimal(printed: printed).fenOfHundredMillions
        return .with { $0.fen = fen }
    }
}
