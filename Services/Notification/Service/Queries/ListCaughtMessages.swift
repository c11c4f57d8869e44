import ServiceRuntime

/// A page of what the local catcher keeps, newest first (NTF-2).
struct ListCaughtMessages: Sendable {
    let provider: any MessageProvider
    let isDevelopment: Bool

    func callAsFunction(
        address: String, pageSize: Int32, pageToken: String
    ) async throws -> (messages: [MessageCatcher.Caught], nextPageToken: String) {
        // Codes open accounts, so elsewhere than in development nobody reads those of others, whatever their roles.
        guard isDevelopment else {
            throw Problem.illegalState(
                zh: "仅开发环境可查看留存短信", en: "caught messages are shown in development mode only")
        }
        let size = try page(size: pageSize)
        let hash = PageToken.hash(of: ["caught", address])
        let before = try PageToken.decode(pageToken, filterHash: hash, columns: 1).map { token in
            guard let id = Int64(token.key[0]) else {
                throw Problem.invalid("page_token", "is not a token of this list")
            }
            return id
        }
        guard let catcher = provider as? MessageCatcher else {
            throw Problem.illegalState(zh: "已配置真实短信通道，无本地留存", en: "a real provider is configured; nothing is caught")
        }
        let messages = try await catcher.messages(
            to: address, before: before, limit: size + 1, deadline: CallContext.deadline)
        let (shown, next) = paged(messages, size: size, filter: hash) { [String($0.id)] }
        return (Array(shown), next)
    }
}
