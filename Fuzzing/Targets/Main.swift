/// What a fuzzer is named after, and what it does with one input: `fuzz-idx` gives inputs to `idx`.
///
/// A target returns where a parser throws. Whatever else goes wrong ends the program, and libFuzzer keeps the input.
private let targets: [String: @Sendable ([UInt8]) throws -> Void] = [
    "gzip": gzip, "idx": idx, "npy": npy, "npz": npz, "csv": csv, "safetensors": safetensors, "png": png, "jpeg": jpeg,
    "webp": webp, "json": json, "yaml": yaml, "recipe": recipe, "checkpoint": checkpoint, "model": model, "hdf5": hdf5,
    "pickle": pickle, "weights": weights,
]

private let target: @Sendable ([UInt8]) throws -> Void = {
    let name = CommandLine.arguments[0].split(separator: "-").last.map(String.init) ?? ""
    guard let target = targets[name] else { fatalError("no parser is called \(name)") }
    return target
}()

/// Takes one input from libFuzzer; its own `main` calls this.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    do {
        try target(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        // The words of an error are made of the file's.
        require("\(error)".utf8.count < 20_000, "an error has an end")
    }
    return 0
}

/// A property that every input has.
func require(_ holds: Bool, _ property: String) {
    if !holds { fatalError("broken: \(property)") }
}
