import Foundation
import Layers
import Testing

/// A layer is written as an object with its type beside its settings, and reads back as itself.
struct CodingTests {
    static let layers: [(Layer, String)] = [
        (.dense(Dense(units: 7, activation: .sigmoid)), #"{"activation":"sigmoid","layer":"Dense","units":7}"#),
        (
            .conv2D(
                Conv2D(
                    filters: 5, kernelHeight: 3, kernelWidth: 2, strideHeight: 1, strideWidth: 4, padding: .same,
                    activation: .relu)),
            #"{"activation":"relu","filters":5,"kernelHeight":3,"kernelWidth":2,"layer":"Conv2D","padding":"same","#
                + #""strideHeight":1,"strideWidth":4}"#
        ),
        (
            .convTranspose2D(ConvTranspose2D(filters: 5, kernel: 3, stride: 2)),
            #"{"activation":"linear","filters":5,"kernelHeight":3,"kernelWidth":3,"layer":"Conv2DTranspose","#
                + #""padding":"valid","strideHeight":2,"strideWidth":2}"#
        ),
        (.maxPool2D(MaxPool2D(height: 3, width: 2)), #"{"height":3,"layer":"MaxPooling2D","width":2}"#),
        (.upsample2D(Upsample2D(3)), #"{"factor":3,"layer":"UpSampling2D"}"#),
        (.activation(.relu), #"{"function":"relu","layer":"Activation"}"#),
        (.flatten, #"{"layer":"Flatten"}"#),
        (.reshape([2, 3]), #"{"layer":"Reshape","shape":[2,3]}"#),
    ]

    @Test(arguments: layers)
    func `a layer reads back as itself`(layer: Layer, text: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = try encoder.encode(layer)
        #expect(String(decoding: data, as: UTF8.self) == text)
        #expect(try JSONDecoder().decode(Layer.self, from: data) == layer)
    }

    @Test(arguments: [
        #"{"layer":"Dropout"}"#, #"{"units":7}"#, #"{"layer":"Dense"}"#,
        #"{"layer":"Dense","units":1,"activation":"tanh"}"#,
    ])
    func `another object is refused`(text: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(Layer.self, from: Data(text.utf8))
        }
    }

    /// They would end the program if they became shapes.
    @Test(arguments: ["[-1]", "[4294967296,4294967296]", "[4294967296,4294967296,0]"])
    func `a shape that cannot be is refused`(text: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(Layer.self, from: Data(#"{"layer":"Reshape","shape":\#(text)}"#.utf8))
        }
    }

    @Test func `an unknown layer is named`() {
        let error = #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(Layer.self, from: Data(#"{"layer":"Dropout"}"#.utf8))
        }
        guard case .dataCorrupted(let context)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(context.debugDescription == "no layer is called Dropout")
    }
}
