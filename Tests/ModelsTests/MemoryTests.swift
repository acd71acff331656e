import Foundation
import Models
import TestSupport
import Testing

/// A step runs in memory that was laid out before: the process must not grow with the steps.
struct MemoryTests {
    #if os(Linux)
        /// In a process of its own, so that no other test's memory is counted.
        @Test func `fifty steps leave no memory behind`() async {
            await #expect(processExitsWith: .success) {
                let engine = try SmallModel.engine(SmallModel.architecture(.relu), .squaredError, batch: 64, threads: 2)
                let pixels = SmallModel.pixels(64)
                func steps(_ count: Int) {
                    for step in 0..<count {
                        _ = engine.gradient(of: pixels, 0..<64, noise: .drawn(seed: 1, epoch: step), klWeight: 1)
                    }
                }
                steps(10)
                let before = MemoryTests.bytesInUse()
                steps(50)
                let growth = MemoryTests.bytesInUse() - before
                // Loss terms are 1,536 bytes a step, the smallest array there is: kept, they would make 76,800.
                #expect(growth < 16_384, "\(growth) bytes")
            }
        }

        /// Bytes that malloc has handed out in all arenas, from glibc's `malloc_info`.
        private static func bytesInUse() -> Int {
            typealias Report = @convention(c) (CInt, UnsafeMutablePointer<FILE>) -> CInt
            let report = unsafeBitCast(dlsym(UnsafeMutableRawPointer(bitPattern: 0), "malloc_info")!, to: Report.self)
            var (text, size): (UnsafeMutablePointer<CChar>?, Int) = (nil, 0)
            let stream = open_memstream(&text, &size)!
            _ = report(0, stream)
            fclose(stream)
            defer { free(text) }
            // The totals stand last: free chunks by kind, then what the system gave.
            let totals = String(cString: text!).components(separatedBy: "</heap>").last!
            func sizes(_ element: String) -> Int {
                totals.components(separatedBy: element).dropFirst().reduce(0) { sum, rest in
                    sum + Int(rest.components(separatedBy: "size=\"")[1].prefix { $0.isNumber })!
                }
            }
            return sizes("<system type=\"current\"") + sizes("<total type=\"mmap\"") - sizes("<total type=\"fast\"")
                - sizes("<total type=\"rest\"")
        }
    #endif
}
