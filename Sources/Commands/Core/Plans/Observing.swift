package import Ledger
package import Projections

extension Plan {
    /// A plan without steps: its services are only observed, on the environment's current hosts.
    package init(
        observing moves: [Move], in view: EnvironmentView, _ place: Playbook.Environment,
        by author: Author
    ) {
        self.init(
            kind: .deploy, environment: view.name, moves: moves, steps: [], back: [],
            onFailure: .stop, returns: [], migrations: [], warnings: [], by: author.name,
            state: view.fingerprint, leaseSeconds: 0, approvalSeconds: 0, protected: false)
        if !place.servers.isEmpty { servers = place.servers }
    }
}

extension Plan.Move {
    /// A service that keeps its release, and is observed with the probe of a kept bundle.
    package init(observing release: Release, on hosts: [HostName], by bundle: KeptBundle) {
        self.init(
            service: release.service, from: release, to: release, hosts: hosts,
            bundle: bundle.hash, observe: bundle.bundle.observe)
    }
}
