import Tensors

/// A call that a pickle asks for, of one of the functions that stand for values.
struct PickleCall {
    private let function: Pickle.Value
    private let arguments: Pickle.Value
    private let place: Int
    private let reader: ByteReader

    init(_ function: Pickle.Value, _ arguments: Pickle.Value, at place: Int, _ reader: ByteReader) {
        (self.function, self.arguments, self.place, self.reader) = (function, arguments, place, reader)
    }

    func result(_ pickle: inout Pickle) throws(FormatError) -> Pickle.Value {
        guard case .global(let function) = function, case .tuple(let number) = arguments else {
            throw failure("a function and its arguments", "other values")
        }
        let arguments = pickle.tuples[number]
        switch function {
        case .orderedDictionary:
            guard arguments.isEmpty else { throw failure("an empty OrderedDict", "one with arguments") }
            pickle.dictionaries.append([])
            return .dictionary(pickle.dictionaries.count - 1)
        case .rebuildParameter:
            guard case .tensor(let tensor)? = arguments.first else { throw failure("a parameter's tensor", "none") }
            return .tensor(tensor)
        case .rebuildTensor:
            pickle.tensors.append(try tensor(arguments, pickle))
            return .tensor(pickle.tensors.count - 1)
        case .storage(_, _, let name):
            throw failure("a storage within the archive", "a call of torch.\(name)")
        }
    }

    /// `(storage, offset, shape, strides, …)`, all of whose elements lie within the storage.
    private func tensor(_ arguments: [Pickle.Value], _ pickle: Pickle) throws(FormatError) -> Pickle.Tensor {
        guard arguments.count >= 4, case (.storage(let storage), .int(let offset)) = (arguments[0], arguments[1]),
            let shape = sizes(arguments[2], pickle), let strides = sizes(arguments[3], pickle),
            shape.count == strides.count, offset >= 0
        else { throw failure("a tensor's storage, offset, shape and strides", "other values") }
        guard let count = checkedProduct(shape), count <= storage.count else {
            throw failure("at most the \(storage.count) values that the storage has", "a tensor of shape \(shape)")
        }
        // The last element's place, axis by axis.
        var last = offset
        for (extent, stride) in zip(shape, strides) where count > 0 {
            let (step, isTooLarge) = (extent - 1).multipliedReportingOverflow(by: stride)
            let (sum, isTooFar) = last.addingReportingOverflow(step)
            guard !isTooLarge, !isTooFar else { throw failure("strides within the storage", "\(strides)") }
            last = sum
        }
        guard count == 0 || last < storage.count else {
            throw failure("elements within the storage's \(storage.count)", "one at \(last)")
        }
        return Pickle.Tensor(storage: storage, offset: offset, shape: shape, strides: strides, place: place)
    }

    /// A tuple of up to 64 sizes, none negative.
    private func sizes(_ value: Pickle.Value, _ pickle: Pickle) -> [Int]? {
        guard case .tuple(let number) = value, pickle.tuples[number].count <= 64 else { return nil }
        var sizes: [Int] = []
        for case .int(let size) in pickle.tuples[number] where size >= 0 { sizes.append(size) }
        return sizes.count == pickle.tuples[number].count ? sizes : nil
    }

    private func failure(_ expected: String, _ found: String) -> FormatError {
        reader.failure(at: place, expected: expected, found: found)
    }
}
