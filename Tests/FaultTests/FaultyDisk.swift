import Formats
import Foundation
import Synchronization

/// A disk whose calls fail when they are told to; the rest is the system's.
final class FaultyDisk: Sendable {
    enum Fault: Sendable, CaseIterable {
        /// One call fails for want of room.
        case full
        /// One call fails with an I/O error.
        case broken
        /// One write takes only a part, which is no error.
        case short
        /// One write loses a bit and says nothing.
        case lying
        /// From one call on all fail, those that clean up too.
        case gone
    }

    /// The number of the call that fails, counted from when it was set; nil for none.
    private let armed = Mutex<(fault: Fault, call: Int)?>(nil)
    private let calls = Atomic<Int>(0)

    func arm(_ fault: Fault, at call: Int) {
        calls.store(0, ordering: .sequentiallyConsistent)
        armed.withLock { $0 = (fault, call) }
    }

    /// Calls since it was armed.
    var count: Int { calls.load(ordering: .sequentiallyConsistent) }

    /// What the next call shall suffer.
    private func next() -> Fault? {
        let call = calls.add(1, ordering: .sequentiallyConsistent).oldValue
        guard let armed = armed.withLock({ $0 }) else { return nil }
        return call == armed.call || (armed.fault == .gone && call > armed.call) ? armed.fault : nil
    }

    private func failure() -> Int? {
        switch next() {
        case .full: -Int(ENOSPC)
        case .broken, .gone: -Int(EIO)
        case .short, .lying, nil: nil
        }
    }

    var operations: FileOperations {
        let system = FileOperations.system
        var faulty = system
        faulty.mode = { self.failure() ?? system.mode($0) }
        faulty.requireWritable = { self.failure() ?? system.requireWritable($0) }
        faulty.readLink = { self.failure() ?? system.readLink($0, $1) }
        faulty.create = { self.failure() ?? system.create($0) }
        faulty.openToAppend = { self.failure() ?? system.openToAppend($0) }
        faulty.openStream = { self.failure() ?? system.openStream($0) }
        faulty.openFolder = { self.failure() ?? system.openFolder($0) }
        faulty.write = { self.write($0, $1, system) }
        faulty.read = { self.failure() ?? system.read($0, $1, $2) }
        faulty.setMode = { self.failure() ?? system.setMode($0, $1) }
        faulty.synchronize = { self.failure() ?? system.synchronize($0) }
        faulty.truncate = { self.failure() ?? system.truncate($0, $1) }
        faulty.rename = { self.failure() ?? system.rename($0, $1) }
        faulty.link = { self.failure() ?? system.link($0, $1) }
        faulty.remove = { self.failure() ?? system.remove($0) }
        faulty.makeFolder = { self.failure() ?? system.makeFolder($0) }
        faulty.removeFolder = { self.failure() ?? system.removeFolder($0) }
        return faulty
    }

    private func write(_ file: Int32, _ bytes: UnsafeRawBufferPointer, _ system: FileOperations) -> Int {
        switch next() {
        case .full: return -Int(ENOSPC)
        case .broken, .gone: return -Int(EIO)
        case .short: return system.write(file, UnsafeRawBufferPointer(rebasing: bytes.prefix(bytes.count / 2)))
        case .lying:
            var wrong = Array(bytes)
            wrong[wrong.count / 2] ^= 0x10
            return wrong.withUnsafeBytes { system.write(file, $0) }
        case nil: return system.write(file, bytes)
        }
    }
}
