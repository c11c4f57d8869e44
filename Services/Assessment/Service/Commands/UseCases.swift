import AssessmentDomain
import ServiceRuntime

/// A command on the targets of an indicator and year.
protocol TargetsUseCase: UseCase where Parts == AssessmentStore {
    var id: TargetsID { get }
}

extension TargetsUseCase {
    var object: String { "targets \(id)" }
}

/// A command on a reported value.
protocol ValueUseCase: UseCase where Parts == AssessmentStore {
    var id: ValueID { get }
}

extension ValueUseCase {
    var object: String { "value \(id)" }
}

/// A command on a scheme.
protocol SchemeUseCase: UseCase where Parts == AssessmentStore {
    var id: SchemeID { get }
}

extension SchemeUseCase {
    var object: String { "scheme \(id)" }
}

/// A command on a result.
protocol ResultUseCase: UseCase where Parts == AssessmentStore {
    var id: ResultID { get }
}

extension ResultUseCase {
    var object: String { "result \(id)" }
}
