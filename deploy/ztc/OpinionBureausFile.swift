import Foundation
import ProjectContracts

/// The file of bureaus that give opinions in pre-assessments (PRJ-5).
struct OpinionBureausFile: Decodable {
    struct Bureau: Decodable {
        let unit: String
        let aspects: [String]
        let combines: Bool?
    }
    let bureaus: [Bureau]
}

extension Loader {
    /// Puts the bureaus on the list of those asked; those on it stay as they are.
    func load(_ file: OpinionBureausFile) async throws {
        let administrator = try await accounts.bearer("administrator")
        try await withConnection(to: "project", of: stack) { client in
            let project = Zhitongche_Project_V1_ProjectService.Client(wrapping: client)
            let known = try await project.listOpinionBureaus(
                request: administrator.request(.with { $0.pageSize = 200 }), options: .ordinary
            ).bureaus
            for bureau in file.bureaus where !known.contains(where: { $0.unitID == bureau.unit }) {
                let aspects = try bureau.aspects.map(Self.aspect)
                _ = try await project.setOpinionBureau(
                    request: administrator.request(
                        .with {
                            $0.requestID = "load-bureau-\(bureau.unit)".prefix64
                            $0.bureau = .with {
                                $0.unitID = bureau.unit
                                $0.aspects = aspects
                                $0.active = true
                                $0.combines = bureau.combines ?? false
                            }
                        }), options: .ordinary)
            }
        }
        Console.line("bureaus asked in pre-assessments: \(file.bureaus.count)")
    }

    private static func aspect(_ word: String) throws -> Zhitongche_Project_V1_Aspect {
        switch word {
        case "industry": .industry
        case "planning": .planning
        case "environment": .environment
        case "energy": .energy
        case "benefit": .benefit
        case "technology": .technology
        case "finance": .finance
        case _: throw Refusal("\(word) is no aspect of a pre-assessment")
        }
    }
}
