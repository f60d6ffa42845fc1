internal import ArgumentParser
internal import CommandImporters
internal import Commands
internal import Glibc
internal import Ledger
internal import LedgerOperations
internal import LedgerText

/// A sender as a type: each sender has its own verb.
protocol SenderVerb: Sendable {
    static var sender: Sender { get }
    /// The sender's name in the help.
    static var title: String { get }
    static var example: String { get }
}

enum FromGitHub: SenderVerb {
    static let sender = Sender.github
    static let title = "GitHub"
    static let example = "ledger import github push.json --header 'X-GitHub-Event: push'"
}

enum FromGitLab: SenderVerb {
    static let sender = Sender.gitlab
    static let title = "GitLab"
    static let example = "ledger import gitlab deliveries.jsonl"
}

enum FromGitea: SenderVerb {
    static let sender = Sender.gitea
    static let title = "Gitea or Forgejo"
    static let example = "ledger import gitea --secret-file hook.secret request.http"
}

enum FromBitbucket: SenderVerb {
    static let sender = Sender.bitbucket
    static let title = "Bitbucket Cloud"
    static let example = "ledger import bitbucket push.json --header 'X-Event-Key: repo:push'"
}

enum FromRegistry: SenderVerb {
    static let sender = Sender.registry
    static let title = "a container registry (CNCF Distribution)"
    static let example = "ledger import registry notifications/"
}

enum FromDockerHub: SenderVerb {
    static let sender = Sender.dockerhub
    static let title = "Docker Hub"
    static let example = "ledger import dockerhub push.json"
}

enum FromHarbor: SenderVerb {
    static let sender = Sender.harbor
    static let title = "Harbor"
    static let example = "ledger import harbor push.json"
}

enum FromAlertmanager: SenderVerb {
    static let sender = Sender.alertmanager
    static let title = "Alertmanager"
    static let example = "ledger import alertmanager alert.json"
}

enum FromCDEvents: SenderVerb {
    static let sender = Sender.cdevents
    static let title = "a sender of CDEvents (0.3 to 0.5)"
    static let example = "ledger import cdevents events.jsonl"
}

enum FromCloudEvents: SenderVerb {
    static let sender = Sender.cloudevents
    static let title = "a sender of CloudEvents (1.0)"
    static let example = "ledger import cloudevents event.json"
}

/// `ledger import github` and the verbs of the other senders: imports deliveries as received.
struct ImportDeliveriesVerb<From: SenderVerb>: WritingVerb {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: From.sender.rawValue,
            abstract: "Import deliveries from \(From.title)",
            discussion: """
                A file contains one body, an HTTP request with its headers, a list of bodies, or \
                one body per line. In a folder, the .json, .jsonl, .ndjson and .http files are \
                read. The ledger stores every delivery as received (without secrets), even if it \
                contains no fact. A delivery that is already recorded adds nothing.

                Example: \(From.example)
                """)
    }

    @Argument(help: "Files or folders; - for standard input.")
    var paths: [String]

    @Option(
        name: .customLong("header"),
        help: "A header of the deliveries, 'Name: value' (may be repeated).")
    var headers: [String] = []

    @Option(
        name: .customLong("headers"),
        help: ArgumentHelp("A file with the headers of the deliveries.", valueName: "file"))
    var headersFile: String?

    @Option(
        help: ArgumentHelp(
            "The file of the webhook's secret. Deliveries without a valid signature are refused.",
            valueName: "file"))
    var secretFile: String?

    @Option(
        help:
            "The service of the deliveries. Default: from the playbook's images, or the repository.",
        completion: .live(.services))
    var service: String?

    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        var context = DeliveryContext(
            now: wiring.now, services: (try? wiring.playbook())?.servicesByImage ?? [:])
        context.service = try service.map { try ServiceName($0) }
        let secret = try secretFile.map {
            try DeliverySecret(file: DeliveryFiles.read($0, "--secret-file"))
        }
        let given = try headersFile.map {
            DeliveryReading.headers(
                String(decoding: try DeliveryFiles.read($0, "--headers"), as: UTF8.self))
        }
        let headers = (given ?? [:]).merging(
            DeliveryReading.headers(headers.joined(separator: "\n"))
        ) { _, flag in flag }
        let files = try paths.flatMap(DeliveryFiles.list)
        return try await wiring.recording { recorder in
            var batches = DeliveryBatches(recorder: recorder) {
                wiring.console.progress("\($0) deliveries …")
            }
            for file in files {
                let bytes = try DeliveryFiles.read(file, "the deliveries")
                try await DeliveryReading.each(
                    bytes, place: file == "-" ? "standard input" : file, headers: headers
                ) { raw in
                    do {
                        try secret?.prove(raw, from: From.sender)
                        let mapped = try From.sender.map(raw, context)
                        try await batches.add(
                            raw, mapped, from: From.sender, isProven: secret != nil)
                    } catch let problem as DeliveryProblem {
                        batches.refuse(raw.place, problem)
                    }
                }
            }
            let tally = try await batches.end()
            wiring.console.progress("")
            return try TallyText.answer(tally)
        }
    }
}
