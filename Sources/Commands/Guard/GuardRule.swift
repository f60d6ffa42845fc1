/// What a project's files are judged by. The names are what waivers, baselines and entries say:
/// they never change their meaning.
public enum GuardRule: String, CaseIterable, Sendable {
    case unreadable
    case waiver
    case literalSecret = "literal-secret"
    case rootUser = "root-user"
    case movingTag = "moving-tag"
    case baseImage = "base-image"
    case buildTools = "build-tools"
    case multiStage = "multi-stage"
    case ffmpeg
    case modelWeights = "model-weights"
    case ignoreFile = "ignore-file"
    case volumes
    case dockerSocket = "docker-socket"
    case privileged
    case deployByTag = "deploy-by-tag"
    case untestedDeploy = "untested-deploy"
    case unpinnedAction = "unpinned-action"
    case permissions

    /// Raised with every change of what a rule finds.
    public static let version = "3"

    public var severity: Severity {
        switch self {
        case .unreadable, .waiver, .literalSecret, .rootUser, .modelWeights, .ignoreFile, .volumes,
            .dockerSocket, .privileged, .untestedDeploy, .movingTag:
            .error
        case .baseImage, .buildTools, .multiStage, .ffmpeg, .deployByTag, .unpinnedAction,
            .permissions:
            .warning
        }
    }

    /// How much a finding weighs.
    public enum Severity: String, CaseIterable, Comparable, Sendable {
        case note, warning, error

        public static func < (a: Severity, b: Severity) -> Bool {
            let order = allCases
            return order.firstIndex(of: a).map { $0 < order.firstIndex(of: b) ?? 0 } ?? false
        }
    }

    /// What is wrong with it, in a few words.
    public var title: String { words.title }
    /// Why it matters.
    public var reason: String { words.reason }
    /// What to do instead.
    public var fix: String { words.fix }

    private var words: (title: String, reason: String, fix: String) {
        switch self {
        case .unreadable:
            (
                "a file that cannot be read",
                "What cannot be read cannot be judged, and the tool that it is for will not read it either.",
                "mend the file where the message points"
            )
        case .waiver:
            (
                "a waiver that does not count",
                "An exception nobody stands for, or that has no end, is a rule that was taken away.",
                "write: # ledger:waive RULE reason=\"…\" owner=NAME until=YYYY-MM-DD"
            )
        case .literalSecret:
            (
                "a secret that is written down",
                "Whoever can read the file, its history or the image's layers has the secret. A default (`${VAR:-value}`) is one too.",
                "give it as ${VAR} from outside, or as a secret that is mounted; and change the secret"
            )
        case .rootUser:
            (
                "a container that runs as root",
                "Who breaks out of the program is root in the container, and one fault of the kernel away from root on the host.",
                "end the last stage with a USER that is not root"
            )
        case .movingTag:
            (
                "an image whose tag moves",
                "The same file builds or starts another program tomorrow, and nobody can say which ran yesterday.",
                "name a version, best with its digest: image:1.2.3@sha256:…"
            )
        case .baseImage:
            (
                "a base image that does not fit its role",
                "A full image carries compilers and tools that are only good for an intruder; without CUDA's runtime a GPU stays unused.",
                "for CPU a -slim image; for GPU a CUDA -runtime image; -devel only in a stage that builds"
            )
        case .buildTools:
            (
                "build tools in the image that runs",
                "Compilers and headers make the image large and an intruder's work easy.",
                "build in a stage of its own, and copy only what runs into the last"
            )
        case .multiStage:
            (
                "an image that is built where it runs",
                "Sources, compilers and caches of packages go out with every release, are pulled to every host, and are an intruder's tools.",
                "build in a stage of its own and copy the result (COPY --from=build); leave no cache: rm -rf /var/lib/apt/lists/*, --no-cache-dir, --no-cache, or a cache mount"
            )
        case .ffmpeg:
            (
                "a voice pipeline without ffmpeg",
                "Whisper, pydub and their like start ffmpeg when the first request comes, and fail then.",
                "install ffmpeg in the stage that runs: apt-get install --no-install-recommends ffmpeg"
            )
        case .modelWeights:
            (
                "model weights in the image",
                "Gigabytes are built, pushed and pulled with every release, and a way back needs all of them again.",
                "fetch them at start into a volume, and leave them out of the build context"
            )
        case .ignoreFile:
            (
                "a build context that holds too much",
                "What is in the context can end in a layer: history, secrets, people's data.",
                "add the line to .dockerignore; **/ makes it count at every depth"
            )
        case .volumes:
            (
                "data that dies with its container",
                "A deploy or a revert replaces the container, and everything it wrote in itself is gone.",
                "mount a named volume or a folder of the host there"
            )
        case .dockerSocket:
            (
                "the container engine's socket in a container",
                "Who has the socket is root on the host.",
                "do without, or put a proxy before it that allows only what is needed"
            )
        case .privileged:
            (
                "a container with all rights",
                "A privileged container can do on its host whatever root can.",
                "add the single capability or device that is needed"
            )
        case .deployByTag:
            (
                "a deploy by tag",
                "Between build and deploy a tag can move: what was tested is not what runs.",
                "deploy the digest that the build put out: image@sha256:…, or ledger deploy"
            )
        case .untestedDeploy:
            (
                "a deploy that waits for no test",
                "What nobody linted and tested goes out as fast as what somebody did.",
                "let the deploying job need one that lints and tests (needs:)"
            )
        case .unpinnedAction:
            (
                "an action that can change",
                "A tag or branch of somebody else's repository runs in your pipeline with your secrets, whatever it says tomorrow.",
                "name the whole commit: owner/action@40-hex # v1.2.3"
            )
        case .permissions:
            (
                "a workflow with more rights than it names",
                "Without `permissions` the token can do what the repository's settings allow, often write everything.",
                "write permissions: {contents: read} at the top, and more only where a job needs it"
            )
        }
    }
}

/// Something that a rule has found.
public struct GuardFinding: Hashable, Sendable {
    public let rule: GuardRule
    public var path: String
    /// Counted from 1.
    public let line: Int
    public let message: String
    public var severity: GuardRule.Severity

    init(_ rule: GuardRule, _ path: String, _ line: Int, _ message: String) {
        self.rule = rule
        self.path = path
        self.line = line
        self.message = message
        severity = rule.severity
    }
}
