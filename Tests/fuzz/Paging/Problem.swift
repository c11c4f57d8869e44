/// Stands in for the runtime's error, so that page tokens are compiled here without gRPC.
struct Problem: Error {
    let field: String

    static func invalid(_ field: String, _ description: String) -> Problem { Problem(field: field) }
}
