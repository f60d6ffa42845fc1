import CommandEngine
import CommandFiles
import CommandPorts
import CommandSecrets
import Commands
import Ledger
import LedgerOperations
import Projections
import Support
import Synchronization

/// The parts of a machine without hosts, registries or files: a scripted runner, and a memory of
/// kept scripts.
final class TestParts: ActingParts {
    private let playbook: Playbook
    let runner = ScriptedRunner()
    /// Programs that are not installed.
    let missingPrograms: Set<String>
    let scripts = Mutex<[String]>([])

    init(_ playbook: Playbook, missing: Set<String> = []) {
        self.playbook = playbook
        missingPrograms = missing
    }

    var transport: any RegistryTransport { ScriptedRegistry() }
    private var context: StepContext { StepContext(folder: "/", runs: "/runs", variables: [:]) }

    func planner(_ recorder: Recorder) throws -> Planner {
        Planner(
            recorder: recorder, playbook: playbook,
            bundleMaker: BundleMaker(
                playbook: playbook, variables: [:], key: ValueKey(bytes: [1]), file: { _ in nil }))
    }

    func preflight(_ secretFilter: SecretFilter) throws -> Preflight {
        Preflight(runner: runner, context: context, secretFilter: secretFilter)
    }

    func registries() throws -> RegistryCheck { RegistryCheck(transport: transport, insecure: []) }

    func conductor(
        _ recorder: Recorder, for plan: Plan?, _ listener: RunListener
    ) async throws -> Conductor {
        Conductor(
            recorder: recorder, runner: runner, context: context, checker: NoSignatures(),
            stopped: listener.stopped, report: listener.report)
    }

    func missing(_ program: String) -> String? {
        missingPrograms.contains(program) ? "the program \(program) is not in PATH" : nil
    }

    var searchPath: String { "/bin" }

    func refuseUnkeptScript(of plan: Plan) throws {}

    func keep(_ script: Script) throws { scripts.withLock { $0.append(script.path) } }
}
