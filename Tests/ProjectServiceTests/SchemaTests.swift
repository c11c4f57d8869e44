import Domain
import GRPCCore
import Postgres
import ProjectContracts
import ProjectDomain
import ServiceRuntime
import ServiceTestSupport
import TestSupport
import Testing

@testable import ProjectService

@Suite("Project: schema and access", .serialized)
struct SchemaTests {
    @Test("PRJ-1 to PRJ-10 the schema's lists of words are the domain's enumerations")
    func checks() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { _ in
            let stages = words(of: Stage.self)
            let expected: [String: Set<String>] = [
                "information_class": words(of: InformationClass.self),
                "information_collector": words(of: Collector.self),
                "information_state": words(of: InformationStateName.self), "lead_source": words(of: Collector.self),
                "lead_state": words(of: LeadStateName.self), "lead_proposed_by": words(of: Lead.Side.self),
                "project_source": words(of: ProjectSource.self), "project_nature": words(of: ProjectNature.self),
                "project_size": words(of: SizeClass.self), "project_chain_role": words(of: ChainRole.self),
                "project_category": words(of: ProjectCategory.self), "project_stage": stages,
                "project_status": words(of: ProjectStatus.self), "project_library": words(of: LibraryStanding.self),
                "project_cadence": words(of: ReportCadence.self), "project_light": words(of: Light.self),
                "stage_entry_from": stages, "stage_entry_to": stages, "milestone_stage": stages,
                "stage_evidence_kind": words(of: EvidenceKind.self),
                "library_decision_standing": words(of: LibraryStanding.self),
                "progress_report_outcome": words(of: ReportOutcome.self),
                "light_rule_light": words(of: Light.self).subtracting(["green"]),
                "light_rule_measure": words(of: LightMeasure.self),
                "light_rule_comparison": words(of: LightComparison.self),
                "light_change_from_light_check": words(of: Light.self),
                "light_change_to_light_check": words(of: Light.self),
                "problem_state": words(of: ProblemState.self),
                "pre_assessment_state": words(of: PreAssessmentStateName.self),
                "pre_assessment_result": words(of: PreAssessmentResult.self),
                "bureau_opinion_opinion": words(of: Opinion.self),
                "bureau_opinion_veto": words(of: VetoClass.self), "expert_opinion_opinion": words(of: Opinion.self),
            ]
            let found = try await bench.administration.checkedWords(in: "project")
            #expect(found == expected)
        }
    }

    @Test("XCT-10 every call is refused to a post without a role, and to nobody whose role allows it by mistake")
    func access() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            let (project, options) = (office.project, office.options)
            let nobody = try await office.metadata(.nobody)
            let calls: [@Sendable (Metadata) async throws -> Void] = [
                { _ = try await project.fileInformation(.init(), metadata: $0, options: options) },
                { _ = try await project.reportLead(.init(), metadata: $0, options: options) },
                { _ = try await project.createProject(.init(), metadata: $0, options: options) },
                { _ = try await project.exceptProject(.init(), metadata: $0, options: options) },
                { _ = try await project.submitReport(.init(), metadata: $0, options: options) },
                { _ = try await project.drawExperts(.init(), metadata: $0, options: options) },
                { _ = try await project.setLightRules(.init(), metadata: $0, options: options) },
                { _ = try await project.getRate(.init(), metadata: $0, options: options) },
            ]
            for call in calls { #expect(try await problem { try await call(nobody) }?.reason == .actionDenied) }
            // Writing decisions of the leading group and admitting are two posts.
            let dispatcher = try await office.metadata(.dispatcher)
            #expect(try await problem { try await calls[3](dispatcher) }?.reason == .actionDenied)
        }
    }

    @Test("XCT-12 every malformed field of a project is named at once, and a made-up page token by its field")
    func fields() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            let faults = try await problem {
                try await office.create {
                    $0 = .init()
                    $0.unitID = "No Unit"
                    $0.region = "37"
                    $0.investment.foreign = .with { ($0.cents, $0.currency) = (1, "EUR") }
                }
            }
            #expect(
                Set(faults?.violations.map(\.field) ?? []) == [
                    "profile.name", "profile.unit_id", "profile.region", "profile.site", "profile.investor",
                    "profile.source", "profile.nature", "profile.size", "profile.industry",
                    "profile.investment.foreign.currency",
                ])
            let town = try await office.metadata(.town)
            let filter = PageToken.hash(of: ["projects", "0", "0", "0", "0", "", "", ""])
            for key in [["not an identifier"], ["1", "2"]] {
                let refused = try await problem {
                    try await office.project.listProjects(
                        .with { $0.pageToken = PageToken.encode(filterHash: filter, key: key) }, metadata: town,
                        options: office.options)
                }
                #expect(refused?.violations.map(\.field) == ["page_token"])
            }
        }
    }
}
