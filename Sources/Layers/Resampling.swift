import Tensors

/// Max-pooling over windows that do not overlap; an odd edge is dropped.
public struct MaxPool2D: Hashable, Sendable, Codable {
    /// The window's height and width in pixels.
    public var height, width: Int

    /// A square window.
    public init(_ size: Int = 2) {
        self.init(height: size, width: size)
    }

    /// A window of `height` × `width` pixels.
    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }
}

extension MaxPool2D: LayerKind {
    package var typeName: String { "MaxPooling2D" }
    package var stem: String { "max_pooling2d" }

    package func outputShape(for input: Shape) throws(LayerError) -> Shape {
        let image = try LayerError.image(input, for: typeName)
        // The index of the winner is a byte.
        try LayerError.require(
            (1...256).contains(height) && (1...256).contains(width) && height * width <= 256,
            typeName, "a window of 1 to 256 pixels is needed")
        try LayerError.require(
            image.height >= height && image.width >= width, typeName,
            "a window \(height)×\(width) does not fit \(input)"
        )
        return [image.height / height, image.width / width, image.channels]
    }

    package func lower(
        _ name: String, input: Activation, output: Shape, sharesInput: Bool, into builder: PlanBuilder
    ) -> Activation {
        let result = builder.activation(name, output)
        let window = Window(
            height: input.shape[0], width: input.shape[1], channels: input.shape[2], windowHeight: height,
            windowWidth: width)
        builder.append(MaxPoolOperation(name, window, input: input, output: result, builder: builder))
        return result
    }
}

/// Nearest-neighbour upsampling: each pixel becomes a square.
public struct Upsample2D: Hashable, Sendable, Codable {
    /// Pixels that one becomes, both ways.
    public var factor: Int

    /// Upsampling by a factor of 1 or more.
    public init(_ factor: Int = 2) {
        self.factor = factor
    }
}

extension Upsample2D: LayerKind {
    package var typeName: String { "UpSampling2D" }
    package var stem: String { "up_sampling2d" }

    package func outputShape(for input: Shape) throws(LayerError) -> Shape {
        let image = try LayerError.image(input, for: typeName)
        try LayerError.require(factor > 0, typeName, "the factor must be at least 1, not \(factor)")
        try LayerError.requireWindow([factor], typeName)
        return [image.height * factor, image.width * factor, image.channels]
    }

    package func lower(
        _ name: String, input: Activation, output: Shape, sharesInput: Bool, into builder: PlanBuilder
    ) -> Activation {
        let result = builder.activation(name, output)
        let window = Window(
            height: input.shape[0], width: input.shape[1], channels: input.shape[2], windowHeight: factor,
            windowWidth: factor)
        builder.append(UpsampleOperation(name, window, input: input, output: result))
        return result
    }
}
