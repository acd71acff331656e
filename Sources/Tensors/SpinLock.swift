import CKernels
import Synchronization

/// A lock for work of a few instructions: whoever waits looks again instead of sleeping.
package final class SpinLock: Sendable {
    private let isTaken = Atomic<Bool>(false)

    package init() {}

    package func withLock<Result>(_ body: () -> Result) -> Result {
        while !isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged { vae_pause() }
        defer { isTaken.store(false, ordering: .releasing) }
        return body()
    }
}
