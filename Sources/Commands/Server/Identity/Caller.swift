internal import Ledger
internal import LedgerOperations

/// Where a right applies.
enum RightScope: Hashable, Sendable {
    case everywhere
    case environments(Set<String>)

    func covers(_ environment: String?) -> Bool {
        switch self {
        case .everywhere: true
        case .environments(let names): environment.map(names.contains) ?? false
        }
    }
}

/// Who sent a request, and what they may do.
struct Caller: Sendable {
    /// The stable name of the person or machine: the author of what they record.
    let name: String
    let rights: [Right: RightScope]

    var author: Author { Author(name: name, known: .authenticated) }

    /// Whether the caller may do this in an environment; `nil` concerns the whole ledger.
    func may(_ right: Right, in environment: String?) -> Bool {
        // Reading applies to the whole ledger.
        if right == .read { return !rights.isEmpty }
        return rights[right]?.covers(environment) ?? false
    }
}

/// What a person does for the team. Each role includes those before it, as far as it says.
enum Role: String, CaseIterable, Sendable {
    case reader, recorder, planner, approver, `operator`, admin

    var rights: Set<Right> {
        switch self {
        case .reader: [.read]
        case .recorder: [.read, .record]
        case .planner: [.read, .plan]
        case .approver: [.read, .approve]
        case .operator: [.read, .record, .plan, .operate]
        case .admin: Set(Right.allCases)
        }
    }
}
