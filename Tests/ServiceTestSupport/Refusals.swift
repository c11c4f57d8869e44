import GRPCCore
import ServiceRuntime

/// The problem with which a call ends; nil if it succeeds.
///
/// - Throws: whatever else the call ends with, such as a refusal that tells no reason.
public func problem<T>(_ call: () async throws -> T) async throws -> Problem? {
    do {
        _ = try await call()
        return nil
    } catch let error as RPCError {
        guard let problem = Problem(error) else { throw error }
        return problem
    }
}

/// The status code with which a call ends; nil if it succeeds.
///
/// - Throws: whatever else the call ends with.
public func code<T>(_ call: () async throws -> T) async throws -> RPCError.Code? {
    do {
        _ = try await call()
        return nil
    } catch let error as RPCError {
        return error.code
    }
}
