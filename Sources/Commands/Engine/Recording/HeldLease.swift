public import CommandPorts
public import Projections

extension Surroundings {
    /// Whether the holder of a lease may still be at work: the lease has not ended, and nobody
    /// knows its process to be gone.
    public func mayWork(_ lease: LeaseView) -> Bool {
        now() < lease.ends && Holder(lease.holder).flatMap(isAlive) != false
    }
}
