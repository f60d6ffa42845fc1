internal import CommandPorts
internal import Commands
internal import Ledger

/// The bundles of a run, read and unpacked.
struct UnpackedBundles {
    struct Place: Hashable {
        let bundle: ContentHash
        /// `nil`: this machine.
        let host: HostName?
    }
    /// The folder of each bundle's files.
    private(set) var folders: [Place: String] = [:]
    private(set) var bundles: [ContentHash: Bundle] = [:]
    /// Why the files could not be copied to a host.
    private(set) var unreachable: [HostName: String] = [:]

    /// Unpacks the files of all bundles, here and on each host where steps or probes run. Throws
    /// before any step runs if a bundle is incomplete. A host that cannot be reached is noted: the
    /// others may continue.
    init(of plan: Plan, _ conductor: Conductor) async throws {
        let all = Set((plan.steps + plan.back).map(\.bundle)).union(plan.moves.map(\.bundle))
        var kept: [KeptBundle] = []
        for hash in all.sorted(by: { $0.rawValue < $1.rawValue }) {
            kept.append(try await KeptBundle(hash, from: conductor.recorder.store))
        }
        try await self.init(kept, plan.servers ?? [], conductor)
    }

    /// Unpacks bundles that were read already, on those hosts.
    init(_ kept: [KeptBundle], _ servers: [Server], _ conductor: Conductor) async throws {
        let runner = conductor.runner
        for one in kept {
            bundles[one.hash] = one.bundle
            folders[Place(bundle: one.hash, host: nil)] = try await runner.unpack(
                one.files, of: one.hash, on: nil)
            if one.bundle.needsHosts { await layOut(one.files, of: one.hash, servers, runner) }
        }
    }

    /// All hosts in parallel: each waits for its network.
    private mutating func layOut(
        _ files: [BundleFile: [UInt8]], of hash: ContentHash, _ servers: [Server],
        _ runner: any Runner
    ) async {
        let results = await withTaskGroup(of: (HostName, Result<String, any Error>).self) { tasks in
            for server in servers where unreachable[server.host] == nil {
                tasks.addTask {
                    do {
                        return (
                            server.host,
                            .success(try await runner.unpack(files, of: hash, on: server))
                        )
                    } catch { return (server.host, .failure(error)) }
                }
            }
            return await tasks.reduce(into: []) { $0.append($1) }
        }
        for (host, result) in results {
            switch result {
            case .success(let folder): folders[Place(bundle: hash, host: host)] = folder
            case .failure(let error):
                let refusal = error as? Refusal
                unreachable[host] = refusal?.cause ?? "\(error)"
            }
        }
    }
}
