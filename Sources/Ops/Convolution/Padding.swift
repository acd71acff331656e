import Graphs
import Settings
import Tensors

/// What happens at an image's border.
public enum Padding: Hashable, Sendable {
    /// Windows stay inside.
    case valid
    /// As Keras and TensorFlow pad: the output has ⌈input / stride⌉ pixels (transposed: input · stride), and the odd
    /// pixel of padding goes to the bottom and right.
    case same
    /// Zeros around the image, in pixels; of a transposed convolution, what is cropped from the whole output.
    case explicit(top: Int, bottom: Int, left: Int, right: Int)

    /// As many pixels on all sides.
    public static func explicit(_ pixels: Int) -> Padding {
        .explicit(top: pixels, bottom: pixels, left: pixels, right: pixels)
    }

    /// Along one axis.
    package enum Side: Hashable {
        case valid, same
        case explicit(before: Int, after: Int)
    }

    package var down: Side {
        switch self {
        case .valid: .valid
        case .same: .same
        case .explicit(let top, let bottom, _, _): .explicit(before: top, after: bottom)
        }
    }

    package var across: Side {
        switch self {
        case .valid: .valid
        case .same: .same
        case .explicit(_, _, let left, let right): .explicit(before: left, after: right)
        }
    }

    /// As settings write it: a word, one number for all sides, two for height and width, or four.
    var json: JSONValue {
        switch self {
        case .valid: "valid"
        case .same: "same"
        case .explicit(let top, let bottom, let left, let right):
            if top == bottom && top == left && left == right {
                .integer(top)
            } else if top == bottom && left == right {
                .array([.integer(top), .integer(left)])
            } else {
                .array([top, bottom, left, right].map { .integer($0) })
            }
        }
    }

    init?(_ json: JSONValue) {
        switch json {
        case "valid": self = .valid
        case "same": self = .same
        default:
            let sides = json.whole.map { [$0] } ?? json.wholes ?? []
            guard sides.allSatisfy({ (0...Graph.mostWindow).contains($0) }) else { return nil }
            switch sides.count {
            case 1: self = .explicit(sides[0])
            case 2: self = .explicit(top: sides[0], bottom: sides[0], left: sides[1], right: sides[1])
            case 4: self = .explicit(top: sides[0], bottom: sides[1], left: sides[2], right: sides[3])
            default: return nil
            }
        }
    }

    static let words =
        "valid, same, or pixels: a number for all sides, [height, width], or [top, bottom, left, right]"
}

extension Padding.Side {
    /// Output extent, pixels of padding before, and the padded extent for a convolution over `input` pixels; nil if no
    /// window fits.
    package func convolution(input: Int, kernel: Int, stride: Int) -> (output: Int, before: Int, padded: Int)? {
        switch self {
        case .valid:
            return input < kernel ? nil : ((input - kernel) / stride + 1, 0, input)
        case .same:
            let output = (input + stride - 1) / stride
            let total = max((output - 1) * stride + kernel - input, 0)
            return (output, total / 2, input + total)
        case .explicit(let before, let after):
            let padded = before + input + after
            return padded < kernel ? nil : ((padded - kernel) / stride + 1, before, padded)
        }
    }

    /// Output extent, pixels cropped before it, and the full extent of a transposed convolution; nil if nothing is left.
    /// - Parameter extra: Output pixels behind those that explicit padding leaves, as PyTorch's `output_padding`.
    package func transposed(input: Int, kernel: Int, stride: Int, extra: Int) -> (output: Int, before: Int, full: Int)?
    {
        switch self {
        case .valid:
            let full = (input - 1) * stride + max(kernel, stride)
            return (full + extra, 0, full + extra)
        case .same:
            let full = (input - 1) * stride + max(kernel, stride)
            return (input * stride, max(kernel - stride, 0) / 2, full)
        case .explicit(let before, let after):
            let whole = (input - 1) * stride + kernel
            let output = whole - before - after + extra
            return output < 1 ? nil : (output, before, max(whole, before + output))
        }
    }
}
