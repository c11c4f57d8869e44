import ArgumentParser

/// Prints plausible enterprises as the CSV that the registry loads.
struct GenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Prints plausible enterprises as CSV, the same ones for the same seed.")

    @Option(help: "How many enterprises, at most 9999999.")
    var count = 20_000

    @Option(help: "Seed.")
    var seed: UInt64 = 2020

    func run() async throws {
        let generator = EnterpriseGenerator(seed: seed)
        print(EnterpriseRow.header)
        for index in 0..<count { print(try generator.row(index).csv) }
    }
}
