import Domain
import GRPCCore
import PolicyContracts
import PolicyDomain
import ServiceRuntime
import Wire

extension PolicyRPC {
    func createDocument(
        request: Zhitongche_Policy_V1_CreateDocumentRequest, context: ServerContext
    ) async throws -> Zhitongche_Policy_V1_CreateDocumentResponse {
        guard request.hasDocument else { throw Problem.invalid("document", "must not be empty") }
        let useCase = EnterDocument(id: try .fresh(), content: try DocumentContent(request.document))
        return try await commands.run(request, id: request.requestID, useCase, store) { $0.document = $1.wire }
    }

    func getDocument(
        request: Zhitongche_Policy_V1_GetDocumentRequest, context: ServerContext
    ) async throws -> Zhitongche_Policy_V1_GetDocumentResponse {
        let id = try DocumentID(request.documentID, field: "document_id")
        let document = try await database.snapshot { [store] in try store.document(id, in: $0) }
        return .with { $0.document = document.wire }
    }

    func listDocuments(
        request: Zhitongche_Policy_V1_ListDocumentsRequest, context: ServerContext
    ) async throws -> Zhitongche_Policy_V1_ListDocumentsResponse {
        let size = try page(size: request.pageSize)
        let level = try PolicyLevel.optional(request.level, field: "level")
        let unit = request.issuingUnitID.isEmpty ? nil : try UnitID(request.issuingUnitID, field: "issuing_unit_id")
        let filter = PageToken.hash(of: ["documents", level?.rawValue ?? "", unit?.text ?? ""])
        let token = try PageToken.decode(request.pageToken, filterHash: filter, columns: 2)
        let after = try token.map {
            (
                issuedOn: try CivilDate($0.key[0], field: "page_token"),
                id: try DocumentID($0.key[1], field: "page_token")
            )
        }
        let found = try await database.snapshot { [store] transaction in
            try store.documents.list(
                DocumentPage(level: level, issuingUnit: unit, after: after, limit: size + 1), in: transaction)
        }
        let (shown, next) = paged(found, size: size, filter: filter) {
            [$0.content.issuedOn.description, $0.id.description]
        }
        return .with {
            $0.documents = shown.map(\.wire)
            $0.nextPageToken = next
        }
    }
}
