internal import ArgumentParser

/// `ledger revert`
struct RevertVerb: WritingVerb {
    static let configuration = CommandConfiguration(
        commandName: "revert", abstract: "Bring an environment back to an earlier release",
        discussion: """
            Uses what was kept when that release was deployed: its steps and scripts, not today's. The release \
            it comes from is fenced: it stays out until somebody lifts the fence.

            Example: ledger revert --to v0.9.9 -e production
            Example: ledger revert --to previous -e production --dry-run
            """)
    @OptionGroup var request: RevertOptions
    @OptionGroup var yes: YesOptions
    @OptionGroup var glass: GlassOptions
    @OptionGroup var hosts: HostsOption
    @OptionGroup var proof: ReceiptOption
    @OptionGroup var author: ByOption
    @OptionGroup var shared: SharedOptions

    func answer(_ wiring: Wiring) async throws -> Answer {
        try await request.prepared(wiring, yes: yes, glass: glass, hosts: hosts, proof) {
            try await $0.carryOut($1)
        }
    }
}
