import Domain
import Foundation

/// The seed of this run; set `ZTC_TEST_SEED` to repeat one.
let testSeed: UInt64 = {
    let seed = ProcessInfo.processInfo.environment["ZTC_TEST_SEED"].flatMap { UInt64($0) } ?? 20_200_420
    print("DomainTests seed \(seed)")
    return seed
}()

/// The repository's root, seen from this file.
private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// Feeds lines to a Python program, which has the packages of `deploy/requirements.txt`, and returns the lines that it
/// prints. A missing oracle fails the test; it is never passed over.
func python(_ program: String, input: [String]) throws -> [String] {
    let process = Process()
    process.executableURL = root.appendingPathComponent("deploy/python")
    process.arguments = ["-c", program]
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("domain-\(UUID().uuidString).txt")
    try Data(input.joined(separator: "\n").utf8).write(to: file)
    defer {
        do {
            try FileManager.default.removeItem(at: file)
        } catch {
            print("could not remove \(file.path): \(error)")
        }
    }
    process.standardInput = try FileHandle(forReadingFrom: file)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw PythonFailure(status: process.terminationStatus) }
    return String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        .map(String.init).dropLast()
}

struct PythonFailure: Error {
    let status: Int32
}

func key(_ text: String) throws -> AttributeKey { try AttributeKey(text) }
func list(_ text: String) throws -> ListID { try ListID(text) }
func day(_ text: String) throws -> CivilDate { try CivilDate(text) }

extension SeededRandom {
    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &self)]
    }
}
