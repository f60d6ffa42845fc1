internal import Ledger

extension Plan {
    /// The hosts of a move in batches; hosts of one batch change together. `only` limits them to
    /// some hosts.
    func batches(of move: Move, _ only: Set<HostName>?) -> [[HostName]] {
        let hosts = move.hosts.filter { only?.contains($0) ?? true }
        let size = max(1, batch ?? 1)
        return stride(from: 0, to: hosts.count, by: size).map {
            Array(hosts[$0..<min($0 + size, hosts.count)])
        }
    }
}
