import DirectoryDomain
import EnterpriseContracts
import Foundation
import Messaging
import Postgres
import ServiceRuntime

/// Lets an account act for the enterprise whose claim was verified (ENT-2).
enum OnClaimVerified {
    /// The claims of the enterprise service; refused ones concern nobody here.
    static func subscription(_ runtime: Runtime) -> Subscription {
        var subscription = Subscription(.events("enterprise", "claim"))
        subscription.on(Zhitongche_Enterprise_V1_ClaimVerified.self) { claim, event, tx in
            try apply(claim, event, tx, runtime.outbox)
        }
        subscription.ignore(Zhitongche_Enterprise_V1_ClaimRefused.self)
        return subscription
    }

    private static func apply(
        _ claim: Zhitongche_Enterprise_V1_ClaimVerified, _ event: IncomingEvent, _ tx: Transaction, _ outbox: Outbox
    ) throws {
        do {
            _ = try UUID(identifier: claim.enterpriseID, field: "enterprise_id")
            _ = try UUID(identifier: claim.accountID, field: "account_id")
            guard var account = try AccountRepository.find(claim.accountID, lock: true, tx)?.account else {
                throw EventRejection("the claim names an account that does not exist")
            }
            guard try account.bind(enterprise: claim.enterpriseID) else { return }
            account = try AccountRepository.save(account, tx)
            try outbox.append(try DirectoryEvents.state(account, at: event.time), in: tx)
        } catch let error as AccountError {
            throw EventRejection("the account refuses the enterprise: \(error)")
        } catch let error as FieldProblem {
            throw EventRejection(error.description)
        }
    }
}
