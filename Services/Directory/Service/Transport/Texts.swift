import DirectoryDomain
import Domain
import Foundation
import Postgres
import ServiceRuntime

/// Text for people as it is stored: in composed form (NFC), without spaces around it and without control characters.
///
/// - Throws: ``Problem`` INVALID_ARGUMENT on `field`.
func plain(_ text: String, _ field: String) throws -> String {
    guard text.utf8.count <= 4_096 else { throw Problem.invalid(field, "is too long") }
    guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
        throw Problem.invalid(field, "must not hold control characters")
    }
    return text.precomposedStringWithCanonicalMapping.trimmingCharacters(in: .whitespaces)
}

/// The identifier of an object as it came in.
///
/// - Throws: ``Problem`` INVALID_ARGUMENT unless it is a UUID in lower case.
func identifier(_ text: String, _ field: String) throws -> String {
    _ = try UUID(identifier: text, field: field)
    return text
}
