internal import CommandPorts
internal import Commands
internal import Ledger
internal import Synchronization

/// Runs hook programs for new entries. Their results have no effect on the ledger.
final class Hooks: Sendable {
    private let table: [EventKind: [Playbook.Hook]]
    private let runner: any Runner
    private let context: StepContext
    private let tasks = Mutex<[Task<String?, Never>]>([])

    init(_ table: [EventKind: [Playbook.Hook]], _ runner: any Runner, _ context: StepContext) {
        self.table = table
        self.runner = runner
        self.context = context
    }

    /// Starts the hook programs for these entries, and does not wait for them.
    func hear(_ entries: [Entry]) {
        for entry in entries {
            guard let kind = EventKind(rawValue: entry.kind) else { continue }
            for hook in table[kind] ?? [] {
                let task = Task { await tell(hook, entry) }
                tasks.withLock { $0.append(task) }
            }
        }
    }

    /// The failures of hook programs, after all have ended.
    func complaints() async -> [String] {
        var complaints: [String] = []
        for task in tasks.withLock({ $0 }) {
            if let complaint = await task.value { complaints.append(complaint) }
        }
        return complaints
    }

    private func tell(_ hook: Playbook.Hook, _ entry: Entry) async -> String? {
        let text = Canonical.text(entry.json) + "\n"
        let result = await runner.run(
            Invocation(
                command: hook.run, folder: context.folder,
                variables: context.variables(named: hook.variables), seconds: hook.seconds,
                isQuestion: true, input: Array(text.utf8)))
        if result.succeeded { return nil }
        return "Warning: \(hook.run.joined(separator: " ")), run for \(entry.kind) (entry "
            + "\(entry.sequence)), \(result.words(limit: hook.seconds)); the entry is recorded"
    }
}
