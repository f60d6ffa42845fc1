/// The lint rules for a project's files. Waivers, baselines and entries use the names, so they
/// never change their meaning.
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

    /// Increased with every change of what a rule finds.
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

    /// The severity of a finding.
    public enum Severity: String, CaseIterable, Comparable, Sendable {
        case note, warning, error

        public static func < (a: Severity, b: Severity) -> Bool {
            let order = allCases
            return order.firstIndex(of: a).map { $0 < order.firstIndex(of: b) ?? 0 } ?? false
        }
    }

    /// The problem in a few words.
    public var title: String { words.title }
    /// Why it matters.
    public var reason: String { words.reason }
    /// How to fix it.
    public var fix: String { words.fix }

    private var words: GuardWords {
        switch self {
        case .unreadable: .unreadable
        case .waiver: .waiver
        case .literalSecret: .literalSecret
        case .rootUser: .rootUser
        case .movingTag: .movingTag
        case .baseImage: .baseImage
        case .buildTools: .buildTools
        case .multiStage: .multiStage
        case .ffmpeg: .ffmpeg
        case .modelWeights: .modelWeights
        case .ignoreFile: .ignoreFile
        case .volumes: .volumes
        case .dockerSocket: .dockerSocket
        case .privileged: .privileged
        case .deployByTag: .deployByTag
        case .untestedDeploy: .untestedDeploy
        case .unpinnedAction: .unpinnedAction
        case .permissions: .permissions
        }
    }
}

/// A problem that a rule has found.
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
