import ArgumentParser
import Foundation

/// Tells the main job as a story, by calls only, with the token of the post that would make each call.
struct ScenarioCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scenario", abstract: "Runs the main job on a running system and prints it step by step.")

    @Option(help: "Folder with the data.")
    var data = "data"

    @Option(help: "Seed with which the enterprises were generated.")
    var seed: UInt64 = 2020

    @Option(help: "Command of the outside subscriber; without it that step is left out.")
    var subscriber: String?

    func run() async throws {
        var stack = Stack()
        stack.repeatsCalls = true
        try await Scenario(
            stack: stack, accounts: Accounts(stack), folder: URL(filePath: data),
            generator: EnterpriseGenerator(seed: seed), subscriber: subscriber
        ).run()
    }
}
