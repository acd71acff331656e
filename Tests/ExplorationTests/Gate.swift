import Foundation
import Synchronization

/// Holds a thread until it is opened; then it stays open.
final class Gate: Sendable {
    private let condition = NSCondition()
    private let isOpen = Mutex(false)
    private let waits = Mutex(false)

    func wait() {
        condition.lock()
        waits.withLock { $0 = true }
        while !isOpen.withLock({ $0 }) { condition.wait() }
        condition.unlock()
    }

    func open() {
        condition.lock()
        isOpen.withLock { $0 = true }
        condition.broadcast()
        condition.unlock()
    }

    func untilSomebodyWaits() async {
        while !waits.withLock({ $0 }) { try? await Task.sleep(for: .milliseconds(1)) }
    }
}
