// What a page calls; `core.mjs` gives it JavaScript's names.
import Models
import Tensors

/// A session under the number that the page knows it by: its address.
private func session(_ handle: UInt) -> Session {
    Unmanaged<Session>.fromOpaque(UnsafeRawPointer(bitPattern: handle)!).takeUnretainedValue()
}

/// 1 where products and sums are rounded once, as in the program's default build; 0 where both are, as in its baseline.
@_expose(wasm, "fuses") @_cdecl("fuses")
public func fuses() -> Int32 {
    // (1 + ε)² − (1 + 2ε) = ε², which rounding the product loses.
    let x = [1 + Float(0x1p-13)]
    var sum = -1 - Float(0x1p-12)
    Kernels.shared.multiply(x, by: x, into: &sum, count: 1, adding: true)
    return sum == 0 ? 0 : 1
}

/// A new session, or 0 where its model cannot be.
@_expose(wasm, "session_create") @_cdecl("session_create")
public func create(_ model: Int32, _ seed: UInt64, _ batch: Int32, _ images: Int32) -> UInt {
    guard let model = SessionModel(rawValue: model), batch > 0, images > 0,
        let session = try? Session(model, seed: seed, batch: Int(batch), images: Int(images))
    else { return 0 }
    return UInt(bitPattern: Unmanaged.passRetained(session).toOpaque())
}

/// Gives a session's memory back.
@_expose(wasm, "session_free") @_cdecl("session_free")
public func free(_ handle: UInt) { Unmanaged.passUnretained(session(handle)).release() }

/// One training step; the loss before it.
@_expose(wasm, "session_step") @_cdecl("session_step")
public func step(_ handle: UInt) -> Double { session(handle).step().loss }

/// Where the pixels stand: images · pixel count bytes.
@_expose(wasm, "session_pixels") @_cdecl("session_pixels")
public func pixels(_ handle: UInt) -> UnsafeMutablePointer<UInt8> { session(handle).pixels }

/// Bytes an image.
@_expose(wasm, "session_pixel_count") @_cdecl("session_pixel_count")
public func pixelCount(_ handle: UInt) -> Int { session(handle).architecture.imageShape.count }

/// Where the weights stand, in their order.
@_expose(wasm, "session_parameters") @_cdecl("session_parameters")
public func parameters(_ handle: UInt) -> UnsafePointer<Float> { session(handle).parameters.baseAddress! }

/// How many weights there are.
@_expose(wasm, "session_parameter_count") @_cdecl("session_parameter_count")
public func parameterCount(_ handle: UInt) -> Int { session(handle).parameters.count }

/// A hash of the weights' bits.
@_expose(wasm, "session_parameters_hash") @_cdecl("session_parameters_hash")
public func parametersHash(_ handle: UInt) -> UInt64 { session(handle).parametersHash }
