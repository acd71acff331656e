import Tensors
import Testing

/// Shapes, tensors and the memory under them.
struct TensorTests {
    @Test func `a shape counts its values`() {
        #expect(([2, 3, 4] as Shape).count == 24)
        #expect(Shape([]).count == 1 && Shape([]).rank == 0)
        #expect(([5, 0, 2] as Shape).count == 0)
        #expect(([64, 28, 28, 1] as Shape).description == "[64, 28, 28, 1]")
    }

    @Test func `rows are slices of the first axis`() {
        let tensor = Tensor([3, 2, 2], (0..<12).map(Float.init))
        #expect(tensor.batch == 3)
        #expect(tensor.rows(1..<3) == Tensor([2, 2, 2], (4..<12).map(Float.init)))
        #expect(tensor.rows(3..<3) == Tensor([0, 2, 2]))
        #expect(Tensor([0, 2]).rows(0..<0) == Tensor([0, 2]))
        #expect(tensor.reshaped([4, 3])[7] == 7)
        #expect(Tensor([], [5]).batch == 1)
    }

    @Test func `a tensor is a value`() {
        let original = Tensor([2], repeating: 1)
        var copy = original
        copy[0] = 5
        #expect(original.values == [1, 1] && copy.values == [5, 1])
    }

    /// Release builds drop the text of `precondition`: a caller's mistake must still say what it is.
    @Test func `a wrong shape ends with words`() async {
        let negative = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Shape([2, -1])
        }
        #expect(words(negative).contains("a shape has no negative extent: [2, -1]"))
        let count = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor([2, 2], [1, 2, 3])
        }
        #expect(words(count).contains("3 values do not fill the shape [2, 2]"))
        let rows = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor([2, 2]).rows(1..<3)
        }
        #expect(words(rows).contains("rows 1..<3 of a tensor of shape [2, 2]"))
    }

    private func words(_ result: ExitTest.Result?) -> String {
        String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }

    @Test(arguments: [0, 1, 15, 16, 17, 1 << 19, 1 << 20])
    func `a buffer is aligned and zero, its slack too`(count: Int) {
        let buffer = AlignedBuffer(count: count)
        #expect(Int(bitPattern: buffer.pointer) % 64 == 0)
        #expect((0..<count + Kernels.panel).allSatisfy { buffer.pointer[$0] == 0 })
        #expect(buffer.copyValues(0..<count).count == count)
        let other = AlignedBuffer(count: count)
        other.pointer.update(repeating: 3, count: count)
        buffer.copy(from: other)
        #expect((0..<count).allSatisfy { buffer.pointer[$0] == 3 })
    }
}
