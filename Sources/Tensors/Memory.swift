/// Zeroed Float32 memory, aligned to a cache line, with one panel of slack behind it.
///
/// The one owner of an arena, of parameters or of optimizer moments; blocks work on the pointer.
package final class AlignedBuffer: @unchecked Sendable {
    package let pointer: Floats
    package let count: Int

    package init(count: Int) {
        self.count = count
        let bytes = (count + Kernels.panel) * MemoryLayout<Float>.stride
        let raw = System.allocate(byteCount: bytes)
        raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        pointer = raw.bindMemory(to: Float.self, capacity: count + Kernels.panel)
    }

    deinit {
        UnsafeMutableRawPointer(pointer).deallocate()
    }

    package func copyValues(_ range: Range<Int>) -> [Float] {
        Array(UnsafeBufferPointer(start: pointer + range.lowerBound, count: range.count))
    }

    package func copy(from other: AlignedBuffer) {
        requireShape(count == other.count, "a buffer of \(other.count) values does not fit one of \(count)")
        pointer.update(from: other.pointer, count: count)
    }
}

/// A fixed table of offsets, in floats, that blocks walk along.
package final class Offsets: @unchecked Sendable {
    package let pointer: UnsafePointer<Int32>
    package let count: Int

    package init(_ values: [Int]) {
        let memory = UnsafeMutablePointer<Int32>.allocate(capacity: max(values.count, 1))
        for (i, value) in values.enumerated() { memory[i] = Int32(value) }
        pointer = UnsafePointer(memory)
        count = values.count
    }

    deinit {
        pointer.deallocate()
    }
}
