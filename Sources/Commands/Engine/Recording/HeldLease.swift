public import CommandPorts
internal import Commands
public import Projections

extension Surroundings {
    /// Whether the process that holds a lease lives; `nil` if nobody here knows.
    public func isHolderAlive(of lease: LeaseView) -> Bool? {
        Holder(lease.holder).flatMap(isAlive)
    }

    /// Whether the holder of a lease may still be at work.
    public func mayWork(_ lease: LeaseView) -> Bool {
        lease.mayBeAtWork(at: now(), holderIsAlive: isHolderAlive(of: lease))
    }
}
