public import CommandPorts
public import Ledger
public import Projections

/// Compares what the ledger has of an image's tags with what its registry has: a notification may
/// have been lost.
public struct RegistryReconciling: Sendable {
    let transport: any RegistryTransport
    let insecure: Set<String>

    public init(transport: any RegistryTransport, insecure: [String]) {
        self.transport = transport
        self.insecure = Set(insecure)
    }

    /// The facts about a service's tags that the ledger lacks, by tag: added, moved or removed
    /// tags. `known` has what the ledger knows of tags, and `store` their entries. A tag that
    /// now names another image says nothing about this one.
    ///
    /// Throws `HTTPSilence` if the registry does not answer: its contents are then unknown.
    public func facts(
        of service: ServiceName, image: String, known: [TagView], in store: any EventReader
    ) async throws -> [Fact] {
        let name = ImageName(image)
        var reader = RegistryReader(
            name, isInsecure: insecure.contains(name.registry), transport)
        var there: [ReleaseTag: ImageDigest] = [:]
        for text in try await reader.tags() {
            guard let tag = ReleaseTag(rawValue: text),
                let found = try await reader.manifest(text),
                let digest = ImageDigest(rawValue: found.digest)
            else { continue }
            there[tag] = digest
        }
        var mine: [TagView] = []
        for line in known where line.subject.service == service {
            let told = try await store.entry(at: line.entry)?.payload["image"]?.string
            if told.map({ ImageName($0) == name }) ?? true { mine.append(line) }
        }
        var facts: [Fact] = []
        for (tag, digest) in there.sorted(by: { $0.key < $1.key }) {
            let line = mine.first { $0.subject.tag == tag }
            if line?.subject.digest == digest, line?.isDeleted == false { continue }
            let tagging = ImageTagging(service: service, tag: tag, digest: digest, image: image)
            facts.append(
                Fact(
                    .imageTagged(tagging),
                    source: Self.source("\(image):\(tag) \(digest)", after: line), by: nil))
        }
        // A line without a digest came from a build or a release: a registry need not have it.
        for line in mine where !line.isDeleted && line.subject.digest != nil {
            guard let tag = line.subject.tag, there[tag] == nil else { continue }
            let deletion = ImageDeletion(service: service, tag: tag, image: image)
            facts.append(
                Fact(
                    .imageDeleted(deletion),
                    source: Self.source("\(image):\(tag) gone", after: line),
                    by: nil))
        }
        return facts
    }

    /// If it is found again before it was recorded, it is the same fact.
    private static func source(_ what: String, after line: TagView?) -> Source {
        Source(name: "registry", id: "found \(what) after \(line?.since ?? 0)")
    }
}
