public import Ledger
internal import LedgerText

/// What `ledger` reports to GitHub about a deploy or revert: a deployment with its state
/// (docs.github.com, "REST API endpoints for deployments").
public struct GitHubNotice: Hashable, Sendable {
    /// The deployment states that the ledger reports.
    public enum State: String, Sendable {
        case inProgress = "in_progress"
        case success, failure, error
    }
    /// The unique key of the notice: the run and the service. The deployment's payload contains it,
    /// so that the notifier can find the deployment.
    public let key: String
    public let environment: EnvironmentName
    /// The commit, or the tag if no commit is known.
    public let reference: String
    /// `deploy` or `revert`.
    public let task: String
    public let description: String
    public let state: State
    public let url: String?

    /// Maximum number of characters in a description at GitHub.
    static let descriptionLength = 140

    /// The notices of one run's entries, in order. The last entry of each service counts. Entries
    /// without a known commit or tag are skipped.
    public static func notices(of entries: [Entry]) -> [GitHubNotice] {
        var last: [ServiceName: Entry] = [:]
        var order: [ServiceName] = []
        for entry in entries where state(of: entry) != nil {
            guard let service = entry.subject.service else { continue }
            if last.updateValue(entry, forKey: service) == nil { order.append(service) }
        }
        return order.compactMap { last[$0].flatMap(notice) }
    }

    /// The event kinds that report the progress of a run.
    public static let kinds: [EventKind] = [
        .deployStarted, .deployFinished, .deployFailed, .deployAbandoned, .revertStarted,
        .revertFinished, .revertFailed, .revertAbandoned,
    ]

    private static func state(of entry: Entry) -> State? {
        switch EventKind(rawValue: entry.kind) {
        case .deployStarted, .revertStarted: .inProgress
        case .deployFinished, .revertFinished: .success
        case .deployFailed, .revertFailed: .failure
        case .deployAbandoned, .revertAbandoned: .error
        default: nil
        }
    }

    private static func notice(_ entry: Entry) -> GitHubNotice? {
        guard let state = state(of: entry), let service = entry.subject.service,
            let environment = entry.subject.environment,
            let reference = entry.subject.revision?.rawValue ?? entry.subject.tag?.rawValue
        else { return nil }
        let payload = entry.payload
        let release = entry.subject.tag?.rawValue ?? reference
        let seen = payload["verified"]?.bool == true ? ", seen running" : ""
        let why = payload["reason"]?.string.map { ": \($0)" } ?? ""
        let text =
            "\(service) \(release)\(state == .success ? seen : why) (entry \(entry.sequence))"
        return GitHubNotice(
            key: "\(entry.draft.correlation ?? entry.id)/\(service)", environment: environment,
            reference: reference, task: entry.kind.begins(with: "revert") ? "revert" : "deploy",
            description: String(text.prefix(descriptionLength)), state: state,
            url: payload["url"]?.string)
    }
}
