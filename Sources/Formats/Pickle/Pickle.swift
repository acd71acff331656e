/// What a Python pickle says of tensors: dictionaries, lists, words, numbers, and tensors as places in storages.
///
/// Nothing is ever run. A pickle is a program for a stack machine that may call any function by its name; here the few
/// names that PyTorch needs for tensors stand for values, and every other name ends the reading. Lists, tuples and
/// dictionaries are numbers of tables, so that no file nests what has to be taken apart again.
/// - SeeAlso: Python's `pickletools.py`; `torch/_weights_only_unpickler.py`.
struct Pickle {
    enum Value {
        case none
        case bool(Bool)
        case int(Int)
        case float
        case string(String)
        case tuple(Int)
        case list(Int)
        case dictionary(Int)
        case global(Global)
        case storage(Storage)
        case tensor(Int)
    }

    /// What a file may name.
    enum Global: Hashable {
        case orderedDictionary
        case rebuildTensor
        case rebuildParameter
        /// A storage's class; the type is nil where no `Tensor` takes it.
        case storage(ElementType?, size: Int, name: String)
    }

    /// Values that stand in a member of the archive.
    struct Storage: Hashable {
        let key: String
        /// Nil where no `Tensor` takes it.
        let type: ElementType?
        let elementSize: Int
        let typeName: String
        /// Elements in it.
        let count: Int
    }

    /// A view of a storage.
    struct Tensor {
        let storage: Storage
        let offset: Int
        let shape: [Int]
        /// Elements from one to the next along each axis.
        let strides: [Int]
        /// Where the pickle says so.
        let place: Int
    }

    var tuples: [[Value]] = []
    var lists: [[Value]] = []
    var dictionaries: [[(key: Value, value: Value)]] = []
    var tensors: [Tensor] = []
    /// What the pickle stands for.
    private(set) var root = Value.none

    /// Reads a whole pickle of protocol 2 to 5.
    /// - Throws: `FormatError` naming the function, class or operation that is not taken.
    init(parsing bytes: [UInt8], source: String) throws(FormatError) {
        var machine = PickleMachine(ByteReader(bytes, source: source))
        root = try machine.run(&self)
    }
}

extension Pickle.Global {
    /// The names that stand for values; nil for every other.
    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
        case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
        case ("torch", _):
            guard let (type, size) = Self.storages[name] else { return nil }
            self = .storage(type, size: size, name: name)
        default: return nil
        }
    }

    private static let storages: [String: (ElementType?, Int)] = [
        "FloatStorage": (.float32, 4), "DoubleStorage": (.float64, 8), "HalfStorage": (.float16, 2),
        "BFloat16Storage": (.bfloat16, 2), "LongStorage": (.int64, 8), "ByteStorage": (.uint8, 1),
        "IntStorage": (nil, 4), "ShortStorage": (nil, 2), "CharStorage": (nil, 1), "BoolStorage": (nil, 1),
    ]
}
