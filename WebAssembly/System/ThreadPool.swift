/// The pool of a page: the caller's thread alone.
package final class ThreadPool: Sendable {
    package let threads = 1

    /// A pool of one thread, whatever was wished for: results do not depend on it.
    package init(threads: Int) {}

    /// Runs `body(piece, 0)` for each piece in 0..<count.
    package func parallelFor(_ count: Int, _ body: (_ piece: Int, _ worker: Int) -> Void) {
        for piece in 0..<count { body(piece, 0) }
    }
}
