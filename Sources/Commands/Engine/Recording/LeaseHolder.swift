public import CommandPorts
internal import Commands
public import Projections

extension Surroundings {
    /// Whether the process that holds a lease is alive; `nil` if that is unknown here.
    public func isHolderAlive(of lease: LeaseView) -> Bool? {
        Holder(lease.holder).flatMap(isAlive)
    }

    /// Whether the holder of a lease may still be working.
    public func mayWork(_ lease: LeaseView) -> Bool {
        lease.mayBeAtWork(at: now(), holderIsAlive: isHolderAlive(of: lease))
    }
}
